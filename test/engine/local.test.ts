import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startLoad } from "../app/fleet/load.ts";
import type { AppImages } from "../support/docker/app-images.ts";
import { operate, operatorOf } from "../infra/cli/operator.ts";
import type { Farm } from "../support/farm.ts";
import { s3, type TestBucket } from "../support/s3.ts";
import { describeWith, type Service } from "../support/services.ts";
import { demoTask, type LocalStack, openLocalStack, pulumiWithDocker, type Tools } from "./local-stack.ts";
import { keepSessionsRunning } from "./sessions.ts";

const everything: Service<Tools & { readonly bucket: () => Promise<TestBucket> }> = {
  name: `${pulumiWithDocker.name} and an S3 server`,
  needs: `${pulumiWithDocker.needs} ${s3.needs}`,
  async find() {
    const [tools, bucket] = [await pulumiWithDocker.find(), await s3.find()];
    return tools === undefined || bucket === undefined ? undefined : { ...tools, bucket };
  },
};

const minute = 60_000;
const redeploys = 5;

/** All roles work but the API, which says why it ends. */
const broken = `
case "$0" in
  api) echo "cannot start: this release is broken"; exit 3 ;;
  *) exec node dist/app/main.js "$0" ;;
esac
`;

/** One of each, and nothing besides. */
const whole = {
  api: 1,
  backup: 1,
  browser: 1,
  edge: 1,
  egress: 1,
  migrate: 1,
  postgres: 1,
  redis: 1,
  web: 1,
  worker: 1,
};

// One life of the stack, told in order: each test goes on where the one before it ended.
await describeWith(everything, "stack local on a real Docker engine", (tools) => {
  const { docker } = tools;
  let local: LocalStack;
  /** Where the page is to be had without TLS. */
  let url: string;
  let farm: Farm;
  let endDemo: () => Promise<void>;

  async function brokenRelease(): Promise<AppImages> {
    const { directory, images, tagged } = local;
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

  const operator = (command: "smoke" | "restore", ...args: string[]) =>
    operate(command, [local.name, ...args], operatorOf(tools.cli, local.directory));
  /** What was served before a restore, by the name that the restore has told. */
  const serveAgain = async (restored: { readonly stdout: string }) => {
    const [, kept] = /--back (\S+)/.exec(restored.stdout) ?? [];
    const { code, stdout, stderr } = await operator("restore", "--back", kept!);
    expect([code, stderr], stdout).toEqual([0, ""]);
  };
  const needsOwner = async () =>
    ((await (await fetch(`${url}/api/setup`)).json()) as { readonly needsOwner: boolean }).needsOwner;
  const stores = async () => {
    const { postgres, redis, edge } = await local.containers();
    return { postgres, redis, edge };
  };
  const counts = async () =>
    Object.fromEntries(
      Object.entries(await local.containers()).map(([service, ids]) => [service, ids.length]),
    );
  const load = (pause = 50) =>
    startLoad(url, farm.headers, { ...demoTask, personaId: farm.personaId }, pause, 500);

  beforeAll(async () => {
    local = await openLocalStack(tools, await tools.bucket());
  }, 30 * minute);
  afterAll(() => local.end(), minute);

  test("up makes a TestFarm that people can sign in to", { timeout: 5 * minute }, async () => {
    await local.up();
    expect(await counts()).toEqual(whole);
    expect((await local.outputs())["FRONTEND_URL"]).toBe(`https://localhost:${local.httpsPort}`);
    ({ url, farm } = await local.settle());
    expect((await fetch(url)).headers.get("alt-svc")).toContain(`h3=":${local.httpsPort}"`);
  });

  test("npm run smoke finds it whole: a session runs to its end in it", { timeout: 5 * minute }, async () => {
    endDemo = await local.serveDemo();
    const { code, stdout, stderr } = await operator("smoke", "--url", demoTask.url);
    expect([code, stderr], stdout).toEqual([0, ""]);
    expect(stdout).not.toContain("✗");
    expect(stdout.match(/^✓ (page|sign-in|session|screenshot|metrics)/gm)).toHaveLength(5);
    expect(await counts()).toEqual(whole);
  });

  test(
    "its first backup is restored, and what was served before it again",
    { timeout: 5 * minute },
    async () => {
      await vi.waitFor(
        async () => expect(await local.log("backup")).toContain('"backup restored and compared"'),
        minute,
      );
      const restored = await operator("restore", "latest");
      expect([restored.code, restored.stderr], restored.stdout).toEqual([0, ""]);
      // It was made before anybody had signed in.
      await vi.waitFor(async () => expect(await needsOwner()).toBe(true));
      await serveAgain(restored);
      await vi.waitFor(async () => expect(await needsOwner()).toBe(false));
    },
  );

  test("it comes back as it was at a moment", { timeout: 8 * minute }, async () => {
    const personas = async () => {
      const answer = await fetch(`${url}/api/personas`, { headers: farm.headers });
      return ((await answer.json()) as unknown[]).length;
    };
    const before = await personas();
    const moment = new Date().toISOString();
    await farm.addPersona();
    // Until the log of that moment is in the bucket the command says so.
    const restored = await vi.waitUntil(
      async () => {
        const ended = await operator("restore", "--at", moment);
        return ended.code === 0 ? ended : undefined;
      },
      { timeout: 5 * minute, interval: 5_000 },
    );
    await vi.waitFor(async () => expect(await personas()).toBe(before));
    await serveAgain(restored);
    await vi.waitFor(async () => expect(await personas()).toBe(before + 1));
    expect(await counts()).toEqual(whole);
  });

  test("up again changes nothing", { timeout: minute }, async () => {
    expect(await local.up("--expect-no-changes")).toMatch(/\d+ unchanged/);
  });

  test(
    `${redeploys} releases under load: no request fails, no event is lost or told twice, every session passes`,
    { timeout: 15 * minute },
    async () => {
      const before = await stores();
      const requests = load(15);
      const sessions = keepSessionsRunning(farm, url, demoTask, { atOnce: 3, readersEach: 17 });
      const times: number[] = [];
      for (let release = 1; release <= redeploys; release++) {
        local.configure(await local.tagged(`release-${release}`));
        const began = performance.now();
        await local.up();
        times.push(Math.round((performance.now() - began) / 1_000));
      }
      // The last ones go on with what they have begun.
      const told = await sessions.stop();
      while (requests.requests() < 10_000) await new Promise((resolve) => setTimeout(resolve, 100));
      await requests.stop();
      console.log(
        `${requests.requests()} requests, the slowest ${Math.round(requests.slowest())} ms; ${told.sessions} sessions, ` +
          `${told.handedOver} handed over; ${told.events} events, the latest ${told.longestLag} ms; releases in ${times.join(", ")} s`,
      );
      expect(requests.failures).toEqual({});
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
      const requests = load();
      local.configure(await brokenRelease());
      const { code, stdout } = await local.run(["up", "--yes", "--skip-preview"]);
      expect(code).not.toBe(0);
      expect(stdout).toContain("api ended with exit code 3. Its last lines:");
      expect(stdout).toContain("cannot start: this release is broken");
      local.configure(await local.tagged("mended"));
      await local.up();
      await requests.stop();
      expect(requests.failures).toEqual({});
      expect(await counts()).toEqual(whole);
    },
  );

  test(
    "an update that is killed in the middle is made good by the next one",
    { timeout: 8 * minute },
    async () => {
      const requests = load();
      local.configure(await local.tagged("killed"));
      const kill = new AbortController();
      const killed = local.run(["up", "--yes", "--skip-preview"], kill.signal);
      await vi.waitUntil(async () => (await local.containers())["api"]?.length === 2, {
        timeout: 4 * minute,
        interval: 50,
      });
      kill.abort();
      await killed;
      await local.succeed("cancel", "--yes");
      await local.up();
      await requests.stop();
      expect(requests.failures).toEqual({});
      expect(await counts()).toEqual(whole);
      expect(await local.up("--expect-no-changes")).toMatch(/\d+ unchanged/);
    },
  );

  test(
    "destroy stops at the data, and --exclude-protected leaves nothing but them",
    { timeout: 3 * minute },
    async () => {
      const { code, stdout } = await local.run(["destroy", "--yes", "--skip-preview"]);
      expect(code).not.toBe(0);
      expect(stdout).toMatch(/cannot be deleted\s+because it is protected/);
      const data = ["backup", "caddy", "postgres", "redis", "storage"].map(
        (name) => `${local.label}-${name}`,
      );
      expect(await local.left("volume")).toEqual(data);
      await endDemo();
      await local.succeed("destroy", "--exclude-protected", "--yes", "--skip-preview");
      expect(await counts()).toEqual({});
      expect(await local.left("network")).toEqual([]);
      expect(await local.left("volume")).toEqual(data);
    },
  );
});
