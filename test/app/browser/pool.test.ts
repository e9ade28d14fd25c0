import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { describe, expect, test, vi } from "vitest";
import { browsers } from "../../../app/browser/index.ts";
import { createLauncher } from "../../../app/browser/launcher.ts";
import { browserPool } from "../../../app/browser/pool.ts";
import { startBrowserServer } from "../../../app/browser/server.ts";
import { sessionService } from "../../../app/browser/service.ts";
import { freePort } from "../../../app/embedded/port.ts";
import { atEnd } from "../../support/at-end.ts";
import { publicSite } from "../../support/browser-conformance.ts";
import { chromium } from "../../support/chromium.ts";
import { describeWith } from "../../support/services.ts";
import { fakeBrowser } from "./fake-browser.ts";

const token = "token-of-the-role-4711";
const soon = () => AbortSignal.timeout(15_000);

type Options = Partial<Parameters<typeof startBrowserServer>[0]>;

/** A process of the role with one place, of which is known what it was asked. */
async function startProcess(hostname: string, port: number, options: Options = {}) {
  const log = pino({ level: "silent" });
  const said: string[] = [];
  const server = await startBrowserServer({
    hostname,
    port,
    token,
    maxRunning: 1,
    maxQueued: 2,
    patience: 30_000,
    shortage: () => undefined,
    log: { info: (_: unknown, message?: string) => void said.push(message ?? ""), warn: log.warn.bind(log) },
    launch: () => Promise.resolve(fakeBrowser()),
    ...options,
  });
  let closed: Promise<void> | undefined;
  const close = (patience = 0) => (closed ??= server.close(patience));
  atEnd(() => close());
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const pressure = async () =>
    (await (await fetch(`http://${host}:${port}/pressure`)).json()) as {
      running: number;
      queued: number;
      recentlyRejected: number;
    };
  return { hostname, said, close, pressure };
}

type Process = Awaited<ReturnType<typeof startProcess>>;

/** Processes at addresses of this machine, all of one name. */
async function startPool(...hostnames: string[]) {
  const port = await freePort();
  const processes = await Promise.all(hostnames.map((hostname) => startProcess(hostname, port)));
  const asked: string[] = [];
  const pool = (...addresses: string[]) =>
    browserPool({
      baseURL: `http://browser.farm.test:${port}`,
      apiKey: token,
      resolve: (host) => {
        asked.push(host);
        return Promise.resolve(addresses);
      },
    });
  const warn = vi.fn<(message: string) => void>();
  const service = (addresses = hostnames) => sessionService({ ...pool(...addresses), maxSeconds: 600, warn });
  return { port, processes: processes as [Process, Process, ...Process[]], asked, pool, service, warn };
}

const runningAt = (processes: readonly Process[]) =>
  Promise.all(processes.map(async ({ pressure }) => (await pressure()).running));

describe("a pool of processes with one place each", () => {
  test("gives each session a process of its own, and its release goes to that one", async () => {
    const { processes, asked, service, warn } = await startPool("127.0.0.2", "127.0.0.3", "127.0.0.4");
    const { lease } = service();
    const leases = [];
    for (let n = 0; n < 3; n++) leases.push(await lease(soon(), publicSite));
    expect(await runningAt(processes)).toEqual([1, 1, 1]);
    expect(new Set(asked)).toEqual(new Set(["browser.farm.test"]));
    for (const { connectUrl, release } of leases) {
      const { hostname } = new URL(connectUrl);
      await release();
      const running = await runningAt(processes.filter((process) => process.hostname === hostname));
      expect(running).toEqual([0]);
    }
    expect(processes.map(({ said }) => said)).toEqual(
      processes.map(() => ["browser started", "browser ended"]),
    );
    expect(warn).not.toHaveBeenCalled();
  });

  test("asks them in an order that chance decides", async () => {
    const { pool } = await startPool("127.0.0.2", "127.0.0.3");
    const { processes } = pool("127.0.0.2", "127.0.0.3");
    const first = await Promise.all(Array.from({ length: 64 }, async () => (await processes!())[0]));
    expect(new Set(first).size).toBe(2);
  });

  test("passes over one that is taken, at once and without a place in its queue", async () => {
    const { processes, service } = await startPool("127.0.0.2", "127.0.0.3");
    const [taken, free] = processes;
    await service([taken.hostname]).lease(soon(), publicSite);
    const { lease } = service();
    for (let n = 0; n < 8; n++) {
      const began = performance.now();
      const { connectUrl, release } = await lease(soon(), publicSite);
      expect(performance.now() - began).toBeLessThan(2_000);
      expect(new URL(connectUrl).hostname).toBe(free.hostname);
      await release();
    }
    expect(await taken.pressure()).toMatchObject({ running: 1, queued: 0 });
    expect((await taken.pressure()).recentlyRejected).toBeGreaterThan(0);
  });

  test("passes over one that ends, and one that is not there", async () => {
    const { processes, service } = await startPool("127.0.0.2", "127.0.0.3");
    const [ending, staying] = processes;
    const held = await service([ending.hostname]).lease(soon(), publicSite);
    const closed = ending.close(10_000);
    const { lease } = service([ending.hostname, "127.0.0.5", staying.hostname]);
    for (let n = 0; n < 8; n++) {
      const { connectUrl, release } = await lease(soon(), publicSite);
      expect(new URL(connectUrl).hostname).toBe(staying.hostname);
      await release();
    }
    await held.release();
    await closed;
  });

  test("that is full is waited for, each process asked once before its addresses are looked for anew", async () => {
    const { port, processes, pool } = await startPool("127.0.0.2", "127.0.0.3");
    const addresses = ["127.0.0.2", "127.0.0.3"];
    const rounds: number[] = [];
    const service = sessionService({
      ...browserPool({
        baseURL: `http://browser.farm.test:${port}`,
        apiKey: token,
        resolve: async () => {
          rounds.push(performance.now());
          return [...addresses];
        },
      }),
      maxSeconds: 600,
      warn: () => undefined,
    });
    for (const address of addresses)
      await sessionService({ ...pool(address), maxSeconds: 600, warn: vi.fn<() => void>() }).lease(
        soon(),
        publicSite,
      );
    const waiting = service.lease(soon(), publicSite);
    await vi.waitFor(async () => {
      for (const { pressure } of processes) expect((await pressure()).recentlyRejected).toBe(1);
    });
    expect(rounds).toHaveLength(1);
    const added = await startProcess("127.0.0.4", port);
    addresses.push(added.hostname);
    expect(new URL((await waiting).connectUrl).hostname).toBe(added.hostname);
    expect(rounds).toHaveLength(2);
    // What they said to wait: at least 2 s.
    expect(rounds[1]! - rounds[0]!).toBeGreaterThan(1_900);
  });

  test("is given up when the launch is, and a session that comes too late is released", async () => {
    const port = await freePort();
    let launched: (() => void) | undefined;
    const launch = () =>
      new Promise<ReturnType<typeof fakeBrowser>>((resolve) => {
        launched = () => resolve(fakeBrowser());
      });
    const slow = await startProcess("127.0.0.2", port, { launch });
    const resolve = () => Promise.resolve([slow.hostname]);
    const pool = browserPool({ baseURL: `http://browser.farm.test:${port}`, apiKey: token, resolve });
    const stop = new AbortController();
    const { lease } = sessionService({ ...pool, maxSeconds: 600, warn: vi.fn<() => void>() });
    const leasing = lease(stop.signal, publicSite);
    await vi.waitFor(() => expect(launched).toBeDefined());
    stop.abort(new Error("no longer wanted"));
    await expect(leasing).rejects.toThrow("no longer wanted");
    launched!();
    await vi.waitFor(() => expect(slow.said).toEqual(["browser started", "browser ended"]));
  });
});

describe("a name", () => {
  test("of processes of which none can be connected to is an error, as it is for one", async () => {
    const { service } = await startPool();
    await expect(service(["127.0.0.5", "127.0.0.6"]).lease(soon(), publicSite)).rejects.toThrow(
      /^http:\/\/browser\.farm\.test:\d+ gave no browser: .*ECONNREFUSED/,
    );
  });

  test("that nobody knows is an error that says so", async () => {
    const pool = browserPool({ baseURL: "http://browser.invalid:3001", apiKey: token });
    const { lease } = sessionService({ ...pool, maxSeconds: 600, warn: vi.fn<() => void>() });
    await expect(lease(soon(), publicSite)).rejects.toThrow(
      /^http:\/\/browser\.invalid:3001 gave no browser: .*(ENOTFOUND|EAI_AGAIN)/,
    );
  });

  test("of one process is waited at in its queue, as long as that lets it", async () => {
    const { processes, service } = await startPool("127.0.0.2");
    const one = await service().lease(soon(), publicSite);
    const other = service().lease(soon(), publicSite);
    await vi.waitFor(async () =>
      expect(await processes[0].pressure()).toMatchObject({ running: 1, queued: 1 }),
    );
    await one.release();
    await (await other).release();
  });

  test.each([
    ["http://browser:3001", "127.0.0.2", ["http://127.0.0.2:3001/"]],
    ["http://browser:3001", "fd00::7", ["http://[fd00::7]:3001/"]],
    ["http://[fd00::7]:3001", undefined, ["http://[fd00::7]:3001/"]],
    ["http://browser.farm.test/behind", "127.0.0.2", ["http://127.0.0.2/behind"]],
    ["https://browser.farm.test", "127.0.0.2", undefined],
  ])("of %s whose address is %s is asked at %j", async (baseURL, address, expected) => {
    const resolve = (host: string) => Promise.resolve([address ?? host]);
    const { processes } = browserPool({ baseURL, apiKey: token, resolve });
    expect(await processes?.()).toEqual(expected);
  });
});

describe("a lease", () => {
  test("is leaving once its process is told to end, and not before", async () => {
    const { processes, service } = await startPool("127.0.0.2", "127.0.0.3");
    const [going, staying] = processes;
    const ending = await service([going.hostname]).lease(soon(), publicSite);
    const other = await service([staying.hostname]).lease(soon(), publicSite);
    await sleep(1_500);
    expect([ending.leaving.aborted, other.leaving.aborted]).toEqual([false, false]);
    const closed = going.close(10_000);
    await vi.waitFor(() => expect(ending.leaving.aborted).toBe(true), { timeout: 3_000, interval: 20 });
    expect(other.leaving.aborted).toBe(false);
    expect(await runningAt(processes)).toEqual([1, 1]);
    await ending.release();
    await closed;
    await other.release();
  });
});

await describeWith(chromium, "a pool of Chromiums", () => {
  test("is connected to at the address that gave the session, of IPv4 or of IPv6", async () => {
    const port = await freePort();
    const launcher = createLauncher({ warn: () => undefined });
    const launch = (signal: AbortSignal) => launcher.start(signal);
    const hostnames = ["127.0.0.2", "::1"];
    const processes = await Promise.all(
      hostnames.map((hostname) => startProcess(hostname, port, { launch })),
    );
    const resolve = () => Promise.resolve(hostnames);
    const pool = browserPool({ baseURL: `http://browser.farm.test:${port}`, apiKey: token, resolve });
    const warn = vi.fn<(message: string) => void>();
    const provider = browsers.remote({ ...pool, maxSeconds: 600, warn });
    const [one, other] = [
      await provider.launch(soon(), publicSite),
      await provider.launch(soon(), publicSite),
    ];
    expect(await runningAt(processes)).toEqual([1, 1]);
    for (const { browser, close } of [one, other]) {
      const page = await browser.newPage();
      await page.setContent("<title>Hello</title>");
      expect(await page.title()).toBe("Hello");
      await close();
    }
    expect(processes.map(({ said }) => said)).toEqual(
      processes.map(() => ["browser started", "browser ended"]),
    );
    expect(warn).not.toHaveBeenCalled();
  });
});
