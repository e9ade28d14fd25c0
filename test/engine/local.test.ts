import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { freePort } from "../../app/embedded/port.ts";
import { thirdParty } from "../../components/docker-host/images.ts";
import { labels } from "../../infra/contracts/docker-host.ts";
import { startLoad } from "../app/fleet/load.ts";
import { type AppImages, buildAppImages } from "../support/docker/app-images.ts";
import { baseImage } from "../support/docker/base-images.ts";
import { docker as dockerEngine, type Docker } from "../support/docker/engine.ts";
import { type Farm, settleIn } from "../support/farm.ts";
import { describeWith, type Service } from "../support/services.ts";
import { tlsRelay } from "../support/tls-relay.ts";
import { openEngine, type Run } from "./engine.ts";
import { pulumiCli } from "./find-cli.ts";
import { keepSessionsRunning } from "./sessions.ts";

const both: Service<{ cli: string; docker: Docker }> = {
  name: "Pulumi CLI with a Docker engine",
  needs: `${pulumiCli.needs} ${dockerEngine.needs}`,
  async find() {
    const [cli, docker] = [await pulumiCli.find(), await dockerEngine.find()];
    return cli === undefined || docker === undefined ? undefined : { cli, docker };
  },
};

const minute = 60_000;
const redeploys = 5;
const task = { url: "http://demo:3002/", objective: "Find a mug and order it" };

/** The demo shop as a site on the network of `egress`, as slow as a shop on the Internet. */
const demoSite = `
import { setTimeout as sleep } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";
import { shop } from "/srv/app/dist/app/demo-site/shop.js";
const { fetch } = shop();
const slow = (request, env) => sleep(500).then(() => fetch(request, env));
createAdaptorServer({ fetch: slow }).listen(3002, "0.0.0.0");
`;

/** All roles work but the API, which says why it ends. */
const broken = `
case "$0" in
  api) echo "cannot start: this release is broken"; exit 3 ;;
  *) exec node dist/app/main.js "$0" ;;
esac
`;

// One life of the stack, told in order: each test goes on where the one before it ended.
await describeWith(both, "stack local on a real Docker engine", ({ cli, docker }) => {
  const stack = `t${randomUUID().slice(0, 6)}`;
  const label = `testfarm-${stack}`;
  const directory = mkdtempSync(join(tmpdir(), "testfarm-local-"));
  const configFile = join(directory, "stack.yaml");
  const engine = openEngine(cli, directory, { hasDocker: true });
  const tags: string[] = [];
  let images: AppImages;
  let httpsPort: number;
  /** Where the page is to be had without TLS. */
  let url: string;
  let farm: Farm;
  let demo: string | undefined;

  const run = (args: readonly string[], kill?: AbortSignal): Promise<Run> =>
    engine.run([...args, "--stack", stack, "--non-interactive"], configFile, kill);
  const succeed = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(args);
    if (code === 0) return stdout;
    throw new Error(`pulumi ${args.join(" ")} ended with ${code}\n${stdout}\n${stderr}`);
  };
  const up = (...args: string[]) => succeed("up", "--yes", "--skip-preview", ...args);

  function configure(image: AppImages): void {
    const settings = {
      tier: "local",
      httpsPort,
      sessions: 3,
      egressAllow: ["demo:3002"],
      image,
    };
    const named = Object.entries(settings).map(([name, value]) => [`testfarm:${name}`, value]);
    writeFileSync(configFile, stringify({ config: Object.fromEntries(named) as object }));
  }

  /** A new release of the same programs. */
  async function tagged(tag: string): Promise<AppImages> {
    const names = { app: `testfarm-app:${stack}-${tag}`, web: `testfarm-web:${stack}-${tag}` };
    await docker("tag", images.app, names.app);
    await docker("tag", images.web, names.web);
    tags.push(names.app, names.web);
    return names;
  }

  async function brokenRelease(): Promise<AppImages> {
    const context = join(directory, "broken");
    mkdirSync(context);
    writeFileSync(join(context, "start"), broken, { mode: 0o755 });
    const lines = [
      `FROM ${images.app}`,
      "COPY start /start",
      `ENTRYPOINT ["tini", "--", "sh", "-c", ". /start"]`,
    ];
    writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
    const names = await tagged("broken");
    await docker("build", "--tag", names.app, context);
    return names;
  }

  /** What is there of the stack: service to the ids of its containers. */
  async function containers(): Promise<Record<string, string[]>> {
    const format = `{{.Label "${labels.service}"}} {{.ID}}`;
    const printed = await docker(
      "ps",
      "--all",
      "--no-trunc",
      "--filter",
      `label=${labels.stack}=${label}`,
      "--format",
      format,
    );
    const found: Record<string, string[]> = {};
    for (const line of printed.split("\n").filter(Boolean)) {
      const [service = "", id = ""] = line.split(" ");
      (found[service] ??= []).push(id);
    }
    return found;
  }
  const stores = async () => {
    const { postgres, redis, edge } = await containers();
    return { postgres, redis, edge };
  };
  /** One of each, and nothing besides. */
  const whole = Object.fromEntries(
    ["api", "browser", "edge", "egress", "migrate", "postgres", "redis", "web", "worker"].map((name) => [
      name,
      1,
    ]),
  );
  const counts = async () =>
    Object.fromEntries(Object.entries(await containers()).map(([service, ids]) => [service, ids.length]));

  const data = ["caddy", "postgres", "redis", "storage"].map((name) => `${label}-${name}`);
  const left = async (kind: "network" | "volume") => {
    const names = await docker(kind, "ls", "--format", "{{.Name}}", "--filter", `name=${label}-`);
    return names.split("\n").filter(Boolean).toSorted();
  };

  beforeAll(async () => {
    images = await buildAppImages(docker);
    for (const name of Object.values(thirdParty)) await baseImage(docker, name);
    httpsPort = await freePort();
    configure(images);
    await engine.createStack(stack);
  }, 30 * minute);

  afterAll(async () => {
    const own = Object.values(await containers()).flat();
    await docker("rm", "--force", "--volumes", ...own, ...(demo === undefined ? [] : [demo])).catch(
      () => undefined,
    );
    for (const kind of ["network", "volume"] as const) {
      const names = await left(kind);
      if (names.length > 0) await docker(kind, "rm", ...names);
    }
    if (tags.length > 0) await docker("rmi", ...tags);
    rmSync(directory, { recursive: true });
  }, minute);

  test("up makes a TestFarm that people can sign in to", { timeout: 5 * minute }, async () => {
    await up();
    expect(await counts()).toEqual(whole);
    const outputs = JSON.parse(await succeed("stack", "output", "--json", "--show-secrets")) as Record<
      string,
      string
    >;
    const origin = `https://localhost:${httpsPort}`;
    expect(outputs["FRONTEND_URL"]).toBe(origin);
    const [edge] = (await containers())["edge"]!;
    url = await tlsRelay(
      httpsPort,
      await docker("exec", edge!, "cat", "/data/caddy/pki/authorities/local/root.crt"),
    );
    farm = await settleIn(url, origin, outputs["OWNER_BOOTSTRAP_TOKEN"]!);
  });

  test("a session runs to its end in it, and its pictures are there", { timeout: 3 * minute }, async () => {
    const place = ["--network", `${label}-out`, "--network-alias", "demo"];
    const program = ["--entrypoint", "node", images.app, "--input-type=module", "--eval", demoSite];
    demo = (await docker("run", "--detach", ...place, ...program)).trim();
    const { id } = await farm.startSession(task);
    expect(await farm.endOf(id)).toMatchObject({ status: "passed", attempt: 1 });
    expect(await farm.picture(id, 1)).toMatchObject({ status: 200, type: "image/webp" });
  });

  test("up again changes nothing", { timeout: minute }, async () => {
    expect(await up("--expect-no-changes")).toMatch(/\d+ unchanged/);
  });

  test(
    `${redeploys} releases under load: no request fails, no event is lost or told twice, every session passes`,
    { timeout: 15 * minute },
    async () => {
      const before = await stores();
      const load = startLoad(url, farm.headers, { ...task, personaId: farm.personaId }, 15);
      const sessions = keepSessionsRunning(farm, url, task, { atOnce: 3, readersEach: 17 });
      const times: number[] = [];
      for (let release = 1; release <= redeploys; release++) {
        configure(await tagged(`release-${release}`));
        const began = performance.now();
        await up();
        times.push(Math.round((performance.now() - began) / 1_000));
      }
      // The last ones go on with what they have begun.
      const told = await sessions.stop();
      while (load.requests() < 10_000) await new Promise((resolve) => setTimeout(resolve, 100));
      await load.stop();
      console.log(
        `${load.requests()} requests, the slowest ${Math.round(load.slowest())} ms; ${told.sessions} sessions, ` +
          `${told.handedOver} handed over; ${told.events} events, the latest ${told.longestLag} ms; releases in ${times.join(", ")} s`,
      );
      expect(load.failures).toEqual({});
      expect(told.problems).toEqual([]);
      expect(told.handedOver).toBeGreaterThan(0);
      expect(await counts()).toEqual(whole);
      expect(await stores()).toEqual(before);
    },
  );

  test(
    "a release that never becomes healthy fails the update with its last lines, and no request",
    { timeout: 8 * minute },
    async () => {
      const load = startLoad(url, farm.headers, { ...task, personaId: farm.personaId });
      configure(await brokenRelease());
      const { code, stdout } = await run(["up", "--yes", "--skip-preview"]);
      expect(code).not.toBe(0);
      expect(stdout).toContain("api ended with exit code 3. Its last lines:");
      expect(stdout).toContain("cannot start: this release is broken");
      configure(await tagged("mended"));
      await up();
      await load.stop();
      expect(load.failures).toEqual({});
      expect(await counts()).toEqual(whole);
    },
  );

  test(
    "an update that is killed in the middle is made good by the next one",
    { timeout: 8 * minute },
    async () => {
      const load = startLoad(url, farm.headers, { ...task, personaId: farm.personaId });
      configure(await tagged("killed"));
      const kill = new AbortController();
      const killed = run(["up", "--yes", "--skip-preview"], kill.signal);
      await vi.waitUntil(async () => (await containers())["api"]?.length === 2, {
        timeout: minute,
        interval: 50,
      });
      kill.abort();
      await killed;
      await succeed("cancel", "--yes");
      await up();
      await load.stop();
      expect(load.failures).toEqual({});
      expect(await counts()).toEqual(whole);
      expect(await up("--expect-no-changes")).toMatch(/\d+ unchanged/);
    },
  );

  test(
    "destroy stops at the data, and --exclude-protected leaves nothing but them",
    { timeout: 3 * minute },
    async () => {
      const { code, stdout } = await run(["destroy", "--yes", "--skip-preview"]);
      expect(code).not.toBe(0);
      expect(stdout).toMatch(/cannot be deleted\s+because it is protected/);
      expect(await left("volume")).toEqual(data);
      await docker("rm", "--force", demo!);
      demo = undefined;
      await succeed("destroy", "--exclude-protected", "--yes", "--skip-preview");
      expect(await counts()).toEqual({});
      expect(await left("network")).toEqual([]);
      expect(await left("volume")).toEqual(data);
    },
  );
});
