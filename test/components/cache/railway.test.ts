import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { freePort } from "../../../app/embedded/port.ts";
import { connectOnce } from "../../../app/redis/connect.ts";
import { readLock } from "../../../infra/images/lock.ts";
import { thirdParty } from "../../../infra/images/third-party.ts";
import { resourceOf, Secret } from "../../../infra/testing/index.ts";
import { atEnd } from "../../support/at-end.ts";
import { redisProgram } from "../../support/redis.ts";
import { describeWith } from "../../support/services.ts";
import { start } from "./stack.ts";

const place = { project: "project-1", environment: "environment-1", name: "redis" };

test.each([
  ["madrid", "europe-west4-drams3a"],
  ["frankfurt", "europe-west4-drams3a"],
  ["new-york", "us-east4-eqdc4a"],
  ["singapore", "asia-southeast1-eqsg3a"],
] as const)(
  "near %s it is a container with a volume in %s, with no way in from outside",
  async (near, region) => {
    const recording = await start("railway", { near });
    const { inputs } = resourceOf(recording, "testfarm:railway:Service");
    const { variables, startCommand, ...others } = inputs;
    const digest = readLock()[thirdParty.redis];
    expect(others).toEqual({
      ...place,
      region,
      image: digest === undefined ? thirdParty.redis : `${thirdParty.redis}@${digest}`,
      volume: "volume-1",
      mountPath: "/data",
      overlapSeconds: 0,
      restartPolicy: "ALWAYS",
    });
    expect(startCommand).toContain("redis-server --dir /data ");
    expect(variables).toEqual({ REDIS_PASSWORD: expect.any(Secret) as Secret });
    const volume = resourceOf(recording, "testfarm:railway:Volume");
    expect(volume.inputs).toEqual({ ...place, region, deletionProtection: true });
  },
);

await describeWith(redisProgram, "its start command", (program) => {
  test("starts a Redis that keeps all, asks for the password, and has it in no command line", async () => {
    const { startCommand } = resourceOf(await start("railway"), "testfarm:railway:Service").inputs;
    const { port, commandLine } = await run(program, startCommand as string);
    const as = (user: string) => connectOnce({ url: `redis://${user}127.0.0.1:${port}`, isCluster: false });
    await expect(as("").then((client) => client.ping())).rejects.toThrow(/NOAUTH/);
    const client = await as("default:canary-word@");
    atEnd(() => client.disconnect());
    expect(await client.info("persistence")).toContain("aof_enabled:1");
    expect(await client.info("memory")).toContain("maxmemory_policy:noeviction");
    expect(await readFile(commandLine, "utf8")).toMatch(/^redis-server ((?!canary).)+$/);
  });
});

/** As the image's entry point does it, on this machine, and with a directory and a port that are free here. */
async function run(program: string, startCommand: string) {
  const [directory, port] = [await mkdtemp(join(tmpdir(), "testfarm-redis-")), await freePort()];
  const entryPoint = join(directory, "docker-entrypoint.sh");
  const commandLine = join(directory, "command-line");
  // Redis writes over the one that the system shows.
  await writeFile(entryPoint, `#!/bin/sh\nprintf '%s' "$*" > ${commandLine}\nexec "$@"\n`, { mode: 0o755 });
  const here = startCommand.replace("--dir /data", `--dir ${directory} --bind 127.0.0.1 --port ${port}`);
  const child = spawn("/bin/sh", ["-c", `exec ${here}`], {
    env: {
      PATH: [directory, dirname(program), process.env["PATH"]].join(delimiter),
      REDIS_PASSWORD: "canary-word",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  atEnd(() => rm(directory, { recursive: true }));
  atEnd(() => void child.kill("SIGKILL"));
  for await (const line of createInterface(child.stdout)) {
    if (!line.includes("Ready to accept connections")) continue;
    child.stdout.resume();
    return { port, commandLine };
  }
  throw new Error(`Redis did not start by ${startCommand}`);
}
