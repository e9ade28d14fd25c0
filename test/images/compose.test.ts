import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Persona, Session, SessionEvent } from "../../app/contract.ts";
import { freePort } from "../../app/embedded/port.ts";
import { chromiumSecurity } from "../../components/docker-host/chromium.ts";
import { buildAppImages } from "../support/docker/app-images.ts";
import { baseImage } from "../support/docker/base-images.ts";
import { dockerCompose } from "../support/docker/compose.ts";
import { callerOf } from "../support/api.ts";
import { describeWith } from "../support/services.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

const composition = read("docker-compose.yml");
const password = "correct horse battery staple";
const owner = { organization: "Acme", name: "Owner", email: "owner@farm.test", password };

/** The demo shop as a site on the network of `egress`. */
const demoSite = `
import { createAdaptorServer } from "@hono/node-server";
import { shop } from "/srv/app/dist/app/demo-site/shop.js";
createAdaptorServer({ fetch: shop().fetch }).listen(3002, "0.0.0.0");
`;

/** Prints of each address what comes of a TCP connection to it; one without a route may get no answer at all. */
const dial = (addresses: readonly string[]) => `
const { connect } = require("node:net");
const dial = (address) => new Promise((resolve) => {
  const [host, port] = address.split(":");
  const socket = connect({ host, port: Number(port), timeout: 2_000 });
  const say = (text) => resolve([address, text], socket.destroy());
  socket.on("connect", () => say("connected")).on("timeout", () => say("no answer")).on("error", ({ code }) => say(code));
});
Promise.all(${JSON.stringify(addresses)}.map(dial)).then((all) => process.exit(console.log(JSON.stringify(all))));
`;

await describeWith(dockerCompose, "the composition", ({ docker, compose }) => {
  const project = `testfarm-${randomUUID().slice(0, 8)}`;
  const directory = mkdtempSync(join(tmpdir(), "testfarm-compose-"));
  const settings = join(directory, ".env");
  const run = (...args: string[]) => compose("--project-name", project, "--env-file", settings, ...args);
  const containerOf = async (service: string) => (await run("ps", "--quiet", service)).trim();
  const inside = async (service: string, script: string) =>
    (await docker("exec", await containerOf(service), "node", "--eval", script)).trim();
  const addressesOf = async (container: string, port: number) => {
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
    const addresses = (await docker("inspect", "--format", format, container)).trim().split(" ");
    return addresses.map((address) => `${address}:${port}`);
  };
  const reachable = async (service: string, addresses: readonly string[]) => {
    const tried = JSON.parse(await inside(service, dial(addresses))) as [string, string][];
    return tried.filter(([, result]) => result === "connected").map(([address]) => address);
  };
  let url: string;
  let demo: string;

  beforeAll(async () => {
    const images = await buildAppImages(docker);
    for (const [, name] of composition.matchAll(/image: ([a-z]+:\S+)$/gm)) await baseImage(docker, name!);
    execFileSync("sh", ["-c", settingsOfTheDocs()], { cwd: directory });
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const own = {
      APP_IMAGE: images.app,
      WEB_IMAGE: images.web,
      HTTP_PORT: `127.0.0.1:${port}`,
      HTTPS_PORT: `127.0.0.1:${await freePort()}`,
      FRONTEND_URL: url,
      EGRESS_ALLOW: "demo:3002",
    };
    appendFileSync(
      settings,
      Object.entries(own)
        .map((pair) => `${pair.join("=")}\n`)
        .join(""),
    );
    await run("up", "--detach", "--no-build");
    demo = await startDemo(images.app);
  }, 1_800_000);

  afterAll(async () => {
    if (demo) await docker("rm", "--force", demo);
    await run("down", "--volumes", "--timeout", "30");
    rmSync(directory, { recursive: true });
  }, 120_000);

  async function startDemo(image: string): Promise<string> {
    const place = ["--network", `${project}_out`, "--network-alias", "demo"];
    const program = ["--entrypoint", "node", image, "--input-type=module", "--eval", demoSite];
    return (await docker("run", "--detach", ...place, ...program)).trim();
  }

  test("does not start without a secret, and names it", async () => {
    const empty = join(directory, "empty");
    writeFileSync(empty, "");
    const bare = compose("--project-name", project, "--env-file", empty, "config");
    await expect(bare).rejects.toThrow(/set DATABASE_PASSWORD, docs\/compose\.md says how/);
  });

  test("runs a session to its end, with its steps and pictures, all of it through the proxy", async () => {
    await vi.waitFor(async () => expect((await fetch(url)).status).toBe(200), {
      timeout: 60_000,
      interval: 250,
    });
    const ask = callerOf(url);
    const token = /set it up on the page with the token ([\w-]+)/.exec(
      await run("logs", "--no-color", "api"),
    )?.[1];
    expect((await ask("POST", "/api/setup", { ...owner, token }, { origin: url })).status).toBe(204);
    const signedIn = await ask(
      "POST",
      "/api/auth/sign-in/email",
      { email: owner.email, password },
      { origin: url },
    );
    const cookie = signedIn.headers
      .getSetCookie()
      .map((line) => line.split(";")[0])
      .join("; ");
    const call = (method: string, path: string, body?: unknown) =>
      ask(method, path, body, { cookie, origin: url });

    const device = { name: "First-time visitor", description: "Has never been here.", device: "desktop" };
    const persona = (await call("POST", "/api/personas", device)).body as Persona;
    const wish = { url: "http://demo:3002/", objective: "Find a mug and order it", personaId: persona.id };
    const { status, body } = await call("POST", "/api/sessions", wish);
    expect([status, body]).toMatchObject([201, { status: "queued" }]);
    const session = await vi.waitUntil(
      async () => {
        const found = (await call("GET", `/api/sessions/${body.id}`)).body as Session;
        return found.endedAt === null ? undefined : found;
      },
      { timeout: 120_000, interval: 500 },
    );
    expect(session).toMatchObject({ status: "passed", attempt: 1 });

    const stream = await call("GET", `/api/sessions/${session.id}/events`);
    const events = [...(stream.body as string).matchAll(/^data: (.*)$/gm)].map(
      ([, data]) => JSON.parse(data!) as SessionEvent,
    );
    const steps = events.filter((event) => event.type === "step");
    expect(steps.length).toBe(session.steps);
    expect(steps.length).toBeGreaterThan(3);
    for (const { step } of steps) {
      const path = `${url}/api/sessions/${session.id}/screenshots/${step}`;
      const picture = await fetch(path, { headers: { cookie } });
      expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/webp"]);
      expect((await picture.arrayBuffer()).byteLength).toBeGreaterThan(1_000);
    }
  }, 240_000);

  test("keeps the browser from everything but egress", async () => {
    const site = await addressesOf(demo, 3002);
    const ports = { postgres: 5432, redis: 6379, web: 8080, edge: 80 };
    const others = await Promise.all(
      Object.entries(ports).map(async ([service, port]) => addressesOf(await containerOf(service), port)),
    );
    expect(await reachable("egress", site)).toEqual(site);
    expect(await reachable("api", others.flat())).toEqual(others.flat());
    expect(await reachable("browser", ["egress:3001", ...site, ...others.flat()])).toEqual(["egress:3001"]);
  }, 60_000);

  test("gives the browser its token and the address of egress, and no other variable of ours", async () => {
    const ours = JSON.parse(
      await inside("browser", "console.log(JSON.stringify(Object.keys(process.env)))"),
    ) as string[];
    const ofTheImage = [
      "HOME",
      "HOSTNAME",
      "NODE_ENV",
      "PATH",
      "PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH",
      "POSTGRES_PROGRAMS",
    ];
    expect(ours.filter((name) => !ofTheImage.includes(name)).toSorted()).toEqual([
      "BROWSER_TOKEN",
      "EGRESS_URL",
    ]);
  });

  test("has Chromium's sandbox on", async () => {
    const said = await run("logs", "--no-color", "browser");
    expect(said).toContain("listening");
    expect(said).not.toMatch(/sandbox/i);
  });

  test("lets Chromium do what the same container may on a server", () => {
    const [profile] = chromiumSecurity(undefined);
    const written: unknown = JSON.parse(read("compose/chromium-seccomp.json"));
    expect(written).toEqual(JSON.parse(profile!.slice("seccomp=".length)));
  });

  test("shows no secret in its logs", async () => {
    const secrets = pairsOf(settings).filter(([name]) => /PASSWORD|SECRET|TOKEN/.test(name!));
    const said = await run("logs", "--no-color");
    expect(secrets.length).toBe(5);
    expect(secrets.filter(([, value]) => said.includes(value!))).toEqual([]);
  });
});

const pairsOf = (file: string) =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split("="));

/** The first commands of docs/compose.md: they write `.env`. */
function settingsOfTheDocs(): string {
  const commands = /```sh\n(.*?)```/s.exec(read("docs/compose.md"))?.[1];
  if (commands === undefined) throw new Error("docs/compose.md: no commands that write .env");
  return commands;
}
