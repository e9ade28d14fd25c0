/**
 * Runs the corpus in a network namespace of its own, with the filter and without it, and prints what arrived where.
 * Started by `ssrf.test.ts` under `unshare --net --mount`.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium as playwright, type Browser, type ConnectOverCDPTransport } from "playwright-core";
import { startChromium, type Chromium } from "../../../../app/browser/chromium.ts";
import { findChromium } from "../../../../app/browser/executable.ts";
import { guardedTransport } from "../../../../app/browser/transport.ts";
import { hostOf, publicOnly, type Policy } from "../../../../app/egress/policy.ts";
import { startEgress } from "../../../../app/egress/proxy.ts";
import { serveCanaries } from "./canaries.ts";
import { attacker, attempts, names, type Attempt } from "./corpus.ts";
import { serveNames } from "./name-server.ts";

export interface Outcome {
  /** Attempts, by title, that arrived where they must not. */
  readonly arrived: readonly string[];
  /** Attempts that the filter has seen and refused. */
  readonly refused: readonly string[];
  readonly udp: boolean;
  readonly file: { readonly navigation: boolean; readonly tab: boolean };
  readonly download: boolean;
}

const temporary = mkdtempSync(join(tmpdir(), "testfarm-ssrf-"));
process.env["TMPDIR"] = temporary;
prepareNetwork();
const places = new Set<string>();
const { restart } = await serveNames(names);
await serveCanaries((place) => places.add(place));
const executable = await findChromium(process.env["PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH"] || undefined);

const filtered = await run(publicOnly, true);
const open = await run({ allows: () => true }, false);
rmSync(temporary, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify({ filtered, open })}\n`, () => process.exit());

async function run(policy: Policy, isGuarded: boolean): Promise<Outcome> {
  places.clear();
  restart();
  const refusals: string[] = [];
  const egress = await startEgress({
    hostname: "127.0.0.1",
    port: 0,
    policy,
    onRefusal: (message) => refusals.push(message),
  });
  const chromium = await startChromium(
    { ...executable, path: isGuarded ? executable.path : withUdp(executable.path) },
    { sandbox: false, proxy: { url: `http://127.0.0.1:${egress.port}` } },
  );
  const transport = isGuarded ? guardedTransport(chromium.pipe) : unguarded(chromium);
  const browser = await playwright.connectOverCDP(transport, { artifactsDir: chromium.scratch });
  const isRefused = ({ target }: Attempt) => {
    const host = hostOf(new URL(target));
    return refusals.some((each) => each.startsWith(`${host} `) || each.startsWith(`${host}:`));
  };
  const queue = attempts.map((attempt, index) => ({ attempt, index }));
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { attempt, index } = next;
      await make(browser, attempt, index, () => places.has(attempt.reaches) || isRefused(attempt));
    }
  };
  await Promise.all(Array.from({ length: 6 }, work));
  const outcome = {
    arrived: attempts.filter(({ reaches }) => places.has(reaches)).map(({ title }) => title),
    refused: attempts.filter(isRefused).map(({ title }) => title),
    udp: await sendsUdp(browser),
    file: await readsFiles(browser),
    download: await downloads(browser, chromium.scratch),
  };
  await chromium.close();
  await egress.close();
  return outcome;
}

/** Opens the attacker's page and stays until the attempt has come to something. */
async function make(
  browser: Browser,
  { before }: Attempt,
  index: number,
  isDone: () => boolean,
): Promise<void> {
  if (before !== undefined) {
    // A context of its own: the next one asks for the name again.
    const first = await browser.newContext();
    await (await first.newPage()).goto(before);
    await first.close();
  }
  const context = await browser.newContext();
  const page = await context.newPage();
  // The page may be gone before it has loaded: that is what some attempts do.
  await page.goto(`http://${attacker.host}/attempt/${index}`, { waitUntil: "commit" }).catch(() => undefined);
  for (const end = Date.now() + 10_000; !isDone() && Date.now() < end;) await sleep(50);
  await context.close();
}

async function sendsUdp(browser: Browser): Promise<boolean> {
  const page = await browser.newPage();
  await page.goto(`http://${attacker.host}/`);
  await page.evaluate(async () => {
    const peer = new RTCPeerConnection({ iceServers: [{ urls: "stun:10.77.9.1:3478" }] });
    peer.createDataChannel("x");
    const gathered = new Promise((resolve) => {
      peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve(undefined);
    });
    await peer.setLocalDescription();
    await Promise.race([gathered, new Promise((resolve) => setTimeout(resolve, 3_000))]);
  });
  await page.close();
  return places.has("udp:3478");
}

async function readsFiles(browser: Browser): Promise<Outcome["file"]> {
  const path = join(temporary, "canary.html");
  writeFileSync(path, "<title>canary-7f3a</title>");
  const page = await browser.newPage();
  const navigated = await page.goto(`file://${path}`).then(() => page.title(), String);
  const session = await browser.newBrowserCDPSession();
  const opened = await session
    .send("Target.createTarget", { url: `file://${path}` })
    .then(() => "opened", String);
  await page.close();
  return { navigation: navigated === "canary-7f3a", tab: opened === "opened" };
}

async function downloads(browser: Browser, scratch: string): Promise<boolean> {
  const page = await browser.newPage({ acceptDownloads: true });
  const started = page.waitForEvent("download", { timeout: 10_000 });
  await page.goto(`http://${attacker.host}/download`).catch(() => undefined);
  await (await started).failure();
  // A download that is refused begins in a temporary file, which goes at once.
  await sleep(1_000);
  const files = readdirSync(scratch, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const isThere = files.some(({ parentPath, name }) => {
    const content = readFileSync(join(parentPath, name));
    return content.length < 100 && content.includes("canary-7f3a");
  });
  await page.close();
  return isThere;
}

function unguarded({ pipe }: Chromium): ConnectOverCDPTransport {
  const transport: ConnectOverCDPTransport = {
    send: (message) => pipe.send(JSON.stringify(message)),
    close: () => pipe.close(),
  };
  pipe.onMessage = (message) => transport.onmessage?.(JSON.parse(message) as object);
  pipe.onClose = () => transport.onclose?.();
  return transport;
}

/** The same program without the switches that keep it from UDP. */
function withUdp(path: string): string {
  const wrapper = join(temporary, "with-udp");
  writeFileSync(
    wrapper,
    `#!/bin/bash
args=()
for each in "$@"; do case "$each" in --force-webrtc-ip-handling-policy=*|--disable-quic) ;; *) args+=("$each");; esac; done
exec ${path} "\${args[@]}"
`,
  );
  chmodSync(wrapper, 0o755);
  return wrapper;
}

function ip(...args: string[]): void {
  execFileSync("ip", args);
}

/** Every address of the corpus, and none of them anybody's. */
function prepareNetwork(): void {
  ip("link", "set", "lo", "up");
  const networks = [
    [
      "-4",
      "10.0.0.0/8",
      "100.64.0.0/10",
      "168.63.129.16/32",
      "169.254.0.0/16",
      "172.16.0.0/12",
      "192.0.0.0/24",
    ],
    ["-4", "192.168.0.0/16", "198.18.0.0/15", "203.0.113.0/24", "240.0.0.0/4", "93.184.215.0/24"],
    [
      "-6",
      "64:ff9b::/96",
      "64:ff9b:1::/48",
      "2001::/32",
      "2002::/16",
      "fc00::/7",
      "fec0::/10",
      "::a4d:0/112",
    ],
  ];
  for (const [family, ...prefixes] of networks)
    for (const prefix of prefixes) ip(family!, "route", "add", "local", prefix, "dev", "lo");
  // WebRTC does not look at loopback interfaces, and Chromium asks for IPv6 names only with a route to the world.
  ip("link", "add", "up0", "type", "veth", "peer", "name", "up1");
  ip("address", "add", "93.184.217.2/24", "dev", "up0");
  ip("-6", "address", "add", "2606:2800:220::2/64", "dev", "up0", "nodad");
  ip("link", "set", "up1", "up");
  ip("link", "set", "up0", "up");
  ip("-4", "route", "add", "default", "via", "93.184.217.1", "dev", "up0");
  ip("-6", "route", "add", "default", "via", "2606:2800:220::1", "dev", "up0");
  const resolver = join(temporary, "resolv.conf");
  writeFileSync(resolver, "nameserver 127.0.0.1\n");
  execFileSync("mount", ["--bind", resolver, "/etc/resolv.conf"]);
}
