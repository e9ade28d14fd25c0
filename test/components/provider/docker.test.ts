import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Call, Properties, Resource } from "../../../components/provider/contract.ts";
import { openEngine } from "../../../infra/docker/engine.ts";
import { type DockerSession, testfarm } from "../../../components/provider/testfarm.ts";
import { labels } from "../../../infra/contracts/docker-host.ts";
import { freePort } from "../../../app/embedded/port.ts";
import { baseImage } from "../../support/docker/base-images.ts";
import { docker as dockerEngine } from "../../support/docker/engine.ts";
import { describeWith } from "../../support/services.ts";

const socket = "unix:///var/run/docker.sock";
/** Has a shell. */
const image = "redis:7.4.6-bookworm";

const resource = (type: string) => testfarm.resource(type) as Required<Resource<DockerSession>>;

await describeWith(dockerEngine, "on a real Docker engine", (docker) => {
  const stack = `testfarm-${randomUUID().slice(0, 8)}`;
  const session: DockerSession = { engine: () => engine, isLocal: true };
  const engine = openEngine(socket, []);
  const call: Call<DockerSession> = { session, urn: "", name: "own", signal: new AbortController().signal };
  const release = { stack, grace: 1 };
  const inputs = (containers: Record<string, string>) => ({ ...release, containers, patience: 20 });

  beforeAll(() => baseImage(docker, image), 600_000);
  afterEach(async () => {
    const own = await docker("ps", "--all", "--quiet", "--filter", `label=${labels.stack}=${stack}`);
    const ids = own.split("\n").filter(Boolean);
    if (ids.length > 0) await docker("rm", "--force", "--volumes", ...ids);
  });

  /** A container that runs a script, with a health check that looks for a file which the script makes. */
  async function start(
    service: string,
    slot: string | undefined,
    script: string,
    ...more: string[]
  ): Promise<string> {
    const marks = {
      [labels.stack]: stack,
      [labels.service]: service,
      ...(slot !== undefined && { [labels.slot]: slot }),
    };
    const marked = Object.entries(marks).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
    const health = [
      "--health-cmd",
      "test -e /tmp/healthy",
      "--health-interval",
      "1s",
      "--health-retries",
      "2",
    ];
    const program = ["--entrypoint", "sh", image, "-c", `trap 'exit 0' TERM; ${script}`];
    return (await docker("run", "--detach", ...marked, ...health, ...more, ...program)).trim();
  }
  const serves = "touch /tmp/healthy; while :; do sleep 0.2; done";
  const isRunning = async (id: string) =>
    (await docker("inspect", "--format", "{{.State.Running}}", id)).trim() === "true";
  const untilHealthy = (id: string) =>
    vi.waitUntil(
      async () => (await docker("inspect", "--format", "{{.State.Health.Status}}", id)).trim() === "healthy",
      {
        timeout: 15_000,
        interval: 200,
      },
    );

  describe("a slot", () => {
    const slot = resource("testfarm:docker:Slot");
    const ask = async (old: Properties) =>
      (await slot.update("own", { ...release, release: "new" }, { ...release, ...old }, call))["slot"];

    test("is the first one where nothing serves", async () => {
      const { id, outputs } = await slot.create({ ...release, release: "new" }, call);
      expect([id, outputs]).toEqual([stack, { slot: "0" }]);
    });

    test("is the other one where an API serves, whatever the state says; what is left in it is ended", async () => {
      const serving = await start("api", "0", serves);
      const broken = await start("api", "1", "sleep 60");
      const worker = await start("worker", "1", serves);
      await untilHealthy(serving);
      expect(await ask({ release: "old", slot: "1" })).toBe("1");
      expect(await Promise.all([serving, broken, worker].map(isRunning))).toEqual([true, false, false]);
    });

    test("is that of the release before the newest where both serve", async () => {
      const older = await start("api", "1", serves);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const newer = await start("api", "0", serves);
      await Promise.all([older, newer].map(untilHealthy));
      expect(await ask({ release: "old", slot: "0" })).toBe("1");
      expect(await Promise.all([older, newer].map(isRunning))).toEqual([false, true]);
    });

    test("is the other one where an API runs that is not healthy, as while its database is away", async () => {
      const ailing = await start("api", "0", "sleep 60 & wait");
      expect(await ask({ release: "old", slot: "0" })).toBe("1");
      expect(await isRunning(ailing)).toBe(true);
    });

    test("stays while the release is the same", async () => {
      await untilHealthy(await start("api", "1", serves));
      expect(await ask({ release: "new", slot: "1" })).toBe("1");
    });
  });

  describe("a release", () => {
    const rollout = resource("testfarm:docker:Rollout");

    test("counts once all of it is healthy; what Pulumi does not know is removed, what it will end stays", async () => {
      const orphan = await start("api", "1", serves);
      const condemned = await start("api", "0", serves);
      const api = await start("api", "1", `sleep 1; ${serves}`);
      const store = await start("postgres", undefined, serves);
      await rollout.update("own", inputs({ api }), inputs({ api: condemned }), call);
      expect(await Promise.all([condemned, api, store].map(isRunning))).toEqual([true, true, true]);
      await expect(docker("inspect", orphan)).rejects.toThrow(/no such object/i);
    });

    test("fails with the last lines of what does not become healthy, and is ended as a whole", async () => {
      const old = await start("api", "0", serves);
      const api = await start("api", "1", "echo cannot connect; sleep 60");
      const web = await start("web", "1", serves);
      await expect(rollout.update("own", inputs({ api, web }), inputs({ api: old }), call)).rejects.toThrow(
        /api did not become healthy.*Its last lines:\n {4}cannot connect$/s,
      );
      expect(await Promise.all([old, api, web].map(isRunning))).toEqual([true, false, false]);
    });

    test("fails with the exit code of what ends, however often it is started again", async () => {
      const worker = await start("worker", "1", "echo no database; exit 3", "--restart", "unless-stopped");
      await expect(rollout.create(inputs({ worker }), call)).rejects.toThrow(
        "worker ended with exit code 3. Its last lines:\n    no database",
      );
      expect(await isRunning(worker)).toBe(false);
    });

    test("that was ended gets another chance", async () => {
      const api = await start("api", "1", serves);
      await docker("stop", api);
      await rollout.update("own", inputs({ api }), inputs({}), call);
      expect(await isRunning(api)).toBe(true);
    });
  });

  describe("a container that runs once", () => {
    const finished = resource("testfarm:docker:Finished");
    const finish = (container: string) => finished.create({ service: "migrate", container }, call);

    test("has finished when it ended with 0, and failed with its last lines otherwise", async () => {
      await finish(await start("migrate", undefined, "sleep 1; exit 0"));
      const failing = await start("migrate", undefined, "echo no such column >&2; exit 4");
      await expect(finish(failing)).rejects.toThrow(
        "migrate ended with exit code 4. Its last lines:\n    no such column",
      );
    });

    test("is started again when it had failed", async () => {
      const flaky = "test -e /tmp/again || { touch /tmp/again; exit 1; }";
      const container = await start("migrate", undefined, flaky);
      expect((await docker("wait", container)).trim()).toBe("1");
      await finish(container);
    });
  });

  describe("a port", () => {
    const port = resource("testfarm:docker:FreePort");
    const take = (number: number) => port.create({ stack, port: number, fix: "Name another." }, call);

    test("that a program or a container has is refused, with what to do", async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      const { port: taken } = server.address() as AddressInfo;
      await expect(take(taken)).rejects.toThrow(`Port ${taken} is taken on this machine. Name another.`);
      server.close();
      const published = await freePort();
      const other = ["--label", `${labels.stack}=other`, "--publish", `${published}:80`];
      const name = `${stack}-foreign`;
      const foreign = ["run", "--detach", "--name", name, ...other, "--entrypoint", "sleep", image, "60"];
      await docker(...foreign);
      await expect(take(published)).rejects.toThrow(
        `Port ${published} is taken by the container ${name}. Name another.`,
      );
      await docker("rm", "--force", "--volumes", name);
      await take(published);
    });

    test("that the stack has itself is its own", async () => {
      const own = await freePort();
      await start("edge", undefined, serves, "--publish", `${own}:80`);
      expect(await take(own)).toEqual({ id: stack, outputs: {} });
    });
  });

  describe("behind SSH", () => {
    const directory = mkdtempSync(join(tmpdir(), "testfarm-ssh-"));
    const path = process.env["PATH"];
    afterAll(() => {
      process.env["PATH"] = path;
      rmSync(directory, { recursive: true });
    });

    test("the engine is reached as Docker's own client reaches it", async () => {
      const ssh = join(directory, "ssh");
      // In place of the other side: says how it was called, and does what was asked of it here.
      writeFileSync(ssh, `#!/bin/sh\necho "$@" >> ${directory}/calls\nexec docker system dial-stdio\n`);
      chmodSync(ssh, 0o755);
      process.env["PATH"] = `${directory}:/usr/bin:${path}`;
      const remote = openEngine("ssh://testfarm@192.0.2.1", ["-o", "BatchMode=yes"]);
      const { ID } = (await remote.info()) as { ID: string };
      expect(ID).toBe((await docker("info", "--format", "{{.ID}}")).trim());
      expect(readFileSync(join(directory, "calls"), "utf8").split("\n")[0]).toBe(
        "-o BatchMode=yes testfarm@192.0.2.1 docker system dial-stdio",
      );
    });

    test("why there is no way to it is told in ssh's own words", async () => {
      writeFileSync(
        join(directory, "ssh"),
        "#!/bin/sh\necho 'Host key verification failed.' >&2\nexit 255\n",
      );
      const remote = openEngine("ssh://testfarm@192.0.2.1", []);
      await expect(remote.info()).rejects.toThrow(/No way to the engine: Host key verification failed\./);
    });
  });
});

test.each(["tcp://192.0.2.1:2375", "/var/run/docker.sock"])("an engine at %s is refused", (engine) => {
  const [failure] = testfarm.checkConfig!({ engine });
  expect(failure?.reason).toContain(
    "must be an address such as unix:///var/run/docker.sock or ssh://user@host",
  );
});

test("a provider without an engine is no mistake until one is asked for", async () => {
  expect(testfarm.checkConfig!({})).toEqual([]);
  const session = await testfarm.configure({});
  expect(() => session.engine()).toThrow("This resource needs a provider that names an engine.");
});
