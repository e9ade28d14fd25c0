import { spawn } from "node:child_process";
import { once } from "node:events";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sshOptions } from "../../../components/ssh.ts";
import { dockerAccess } from "../../../infra/access/docker.ts";
import type { DockerAccess } from "../../../infra/contracts/access.ts";
import { atEnd } from "../../support/at-end.ts";
import { docker as dockerEngine, type Docker } from "../../support/docker/engine.ts";
import { sshd } from "../../support/programs.ts";
import { describeWith, type Service } from "../../support/services.ts";
import { sshKey, type SshServer, startSshd } from "../../support/sshd.ts";
import { type DockerStack, startDockerStack } from "./docker-stack.ts";
import { accessConformance, type Place } from "./suite.ts";

const socket = "unix:///var/run/docker.sock";

const both: Service<{ docker: Docker; program: string }> = {
  name: "Docker engine with an sshd",
  needs: `${dockerEngine.needs} ${sshd.needs}`,
  async find() {
    const [docker, program] = [await dockerEngine.find(), await sshd.find()];
    return docker === undefined || program === undefined ? undefined : { docker, program };
  },
};

await describeWith(both, "containers on a Docker engine", ({ docker, program }) => {
  let stack: DockerStack;
  let server: SshServer;
  beforeAll(async () => {
    stack = await startDockerStack(docker);
    server = await startSshd(program);
  }, 600_000);
  afterAll(() => stack?.remove());

  const described = (engine: string, ssh: readonly string[] = []): DockerAccess => ({
    kind: "docker",
    engine,
    sshOptions: ssh,
    label: stack.label,
    certificate: "internal",
  });
  const place = async (access: DockerAccess): Promise<Place> => ({
    access: await dockerAccess(access),
    cacheUrl: stack.cacheUrl,
    left: async (role) => (await stack.services()).filter((each) => each === role).length,
  });
  const here = () => described(socket);
  const overSsh = (hostKey = server.hostKey) =>
    described(`ssh://${userInfo().username}@127.0.0.1`, [
      ...sshOptions(server.address, hostKey),
      ...server.credentials,
    ]);

  describe("of this machine", () => {
    accessConformance(() => place(here()));
  });
  describe("of a server behind SSH", () => {
    accessConformance(() => place(overSsh()));
  });

  test("a server that shows another key is refused", async () => {
    const other = sshKey(join(server.directory, "other"));
    await expect(dockerAccess(overSsh(other))).rejects.toThrow(
      /does not answer:.*Host key verification failed\. Is your address in adminCidrs/s,
    );
  });

  test("an engine that is not there is named, with what to do", async () => {
    await expect(dockerAccess(described("unix:///nowhere/docker.sock"))).rejects.toThrow(
      /The Docker engine at unix:\/\/\/nowhere\/docker\.sock does not answer: .*ENOENT.*Is it running/,
    );
  });

  test("a stack of which nothing runs says so", async () => {
    const { access } = await place({ ...here(), label: "testfarm-none" });
    const output = { stdout: process.stdout, stderr: process.stderr };
    await expect(access.run({ role: "smoke", args: [], variables: {}, output })).rejects.toThrow(
      'Of testfarm-none no container "api" runs at unix:///var/run/docker.sock. Start it: pulumi up.',
    );
  });

  test("the proxy's own authority is known where it has one, and only there", async () => {
    expect(await (await dockerAccess(here())).authority()).toBe("certificate\n");
    expect(await (await dockerAccess({ ...here(), certificate: "acme" })).authority()).toBeUndefined();
  });

  test("a one-shot is limited, has no rights, is nobody's peer by name, and leaves no log", async () => {
    const { access } = await place(here());
    const stop = new AbortController();
    const output = { stdout: process.stderr, stderr: process.stderr };
    const running = access.run({ role: "smoke", args: ["wait"], variables: {}, output }, stop.signal);
    await vi.waitUntil(async () => (await stack.services()).includes("smoke"), { timeout: 10_000 });
    await vi.waitUntil(async () => (await stack.inspect("smoke", "{{.State.Running}}")) === "true", 10_000);
    const format = "{{json .HostConfig}}";
    const host = JSON.parse(await stack.inspect("smoke", format)) as Record<string, unknown>;
    expect(host).toMatchObject({
      AutoRemove: true,
      CapDrop: ["ALL"],
      LogConfig: { Type: "none" },
      Memory: 384 * 1024 ** 2,
      NanoCpus: 1e9,
      ReadonlyRootfs: true,
      SecurityOpt: ["no-new-privileges:true"],
    });
    const networks = JSON.parse(await stack.inspect("smoke", "{{json .NetworkSettings.Networks}}")) as Record<
      string,
      { Aliases: string[] | null }
    >;
    expect(Object.keys(networks).toSorted()).toEqual([`${stack.label}-data`, `${stack.label}-out`]);
    const aliases = Object.values(networks).flatMap(({ Aliases }) => Aliases ?? []);
    expect(aliases.filter((name) => !/^[0-9a-f]{12}$/.test(name))).toEqual([]);
    stop.abort();
    expect(await running).toBe(0);
  });

  test("a second server runs on what a role has made for it, as that one's user, on no network, and nothing is left", async () => {
    const { access } = await place(here());
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const printed = text(stdout);
    const output = { stdout, stderr };
    // As a command leaves it that was killed.
    await access.scratch();
    const scratch = await access.scratch();
    expect(await stack.scratch()).toEqual([scratch.name]);
    expect(await access.run({ role: "restore", args: ["keep"], variables: {}, output, scratch })).toBe(0);
    const stop = new AbortController();
    const running = access.recover(scratch, output, stop.signal);
    await vi.waitUntil(async () => (await stack.services()).includes("recovery"), 10_000);
    const host = JSON.parse(await stack.inspect("recovery", "{{json .HostConfig}}")) as object;
    expect(host).toMatchObject({
      CapDrop: ["ALL"],
      Memory: 384 * 1024 ** 2,
      NanoCpus: 1e9,
      NetworkMode: "none",
      PortBindings: {},
    });
    const mounts = JSON.parse(await stack.inspect("recovery", "{{json .Mounts}}")) as { Name: string }[];
    const volumes = mounts.map(({ Name }) => Name);
    expect(volumes).toContain(scratch.name);
    // The image's own is empty and goes with it.
    expect(volumes.filter((name) => name.startsWith(stack.label))).toEqual([scratch.name]);
    await vi.waitUntil(
      async () => (await stack.inspect("recovery", "{{.State.Running}}")) === "true",
      10_000,
    );
    stop.abort();
    expect(await running).toBe(0);
    stdout.end();
    expect(await printed).toBe(
      "runs restore keep\n999\nkept\nruns postgres -D /srv/backup/data\n999\na copy\nlo\nends\n".replace(
        "kept\n",
        "",
      ),
    );
    await scratch.remove();
    expect(await stack.scratch()).toEqual([]);
    expect(await stack.services()).not.toContain("recovery");
  });

  test("a one-shot that reads ends by itself when whoever gave it what it reads is killed", async () => {
    const args = ["--import", "tsx", "test/infra/access/operator.ts", JSON.stringify(here()), "read"];
    const operator = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    atEnd(() => operator.kill("SIGKILL"));
    operator.stdin.write("half of it");
    // Not sooner: a container that was made and never started does not go by itself.
    await once(operator.stdout, "data");
    expect(await stack.services()).toContain("smoke");
    const ended = once(operator, "exit");
    operator.kill("SIGKILL");
    await ended;
    await vi.waitUntil(async () => !(await stack.services()).includes("smoke"), 30_000);
    expect(await stack.services()).not.toContain("smoke");
  });

  test("Ctrl-C in the terminal lets a one-shot on a server clean up, and none is left", async () => {
    const args = ["--import", "tsx", "test/infra/access/operator.ts", JSON.stringify(overSsh()), "wait"];
    // A terminal signals the whole group, whatever `ssh` was started by it among that.
    const operator = spawn(process.execPath, args, { detached: true, stdio: ["ignore", "pipe", "inherit"] });
    atEnd(() => operator.kill("SIGKILL"));
    const ended = once(operator, "exit");
    const lines: string[] = [];
    for await (const line of createInterface(operator.stdout)) {
      lines.push(line);
      if (line === "waits") process.kill(-operator.pid!, "SIGINT");
    }
    expect(lines).toEqual(["runs smoke wait", "waits", "cleans up"]);
    expect(await ended).toEqual([130, null]);
    expect(await stack.services()).not.toContain("smoke");
  });
});
