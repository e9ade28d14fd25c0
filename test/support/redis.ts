import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { vi } from "vitest";
import { freePort } from "../../app/embedded/port.ts";
import type { RedisAddress } from "../../app/redis/connect.ts";
import { atEnd } from "./at-end.ts";
import { findOrInstall, orInstall } from "./debian.ts";
import type { Service } from "./services.ts";

const run = promisify(execFile);

/** Path of the program, for suites that start, stop and set up servers of their own. */
export const redisProgram: Service<string> = {
  name: "redis-server",
  needs: orInstall("redis-server"),
  find: () => findOrInstall("redis-server", "redis-server"),
};

/** A Redis for what needs no server of its own: the one at `TEST_REDIS_URL`, or one started for the file. */
export const redis: Service<() => Promise<RedisAddress>> = {
  name: "Redis",
  needs: `${redisProgram.needs} Or set TEST_REDIS_URL to one.`,
  async find() {
    const given = process.env["TEST_REDIS_URL"];
    if (given !== undefined) return () => Promise.resolve({ url: given, isCluster: false });
    const program = await redisProgram.find();
    if (program === undefined) return undefined;
    let started: Promise<RedisServer> | undefined;
    return async () => (await (started ??= startRedis(program))).address;
  },
};

export interface RedisServer {
  readonly address: RedisAddress;
  readonly port: number;
  /** With everything that it holds, as by `kill -9`. */
  kill(): Promise<void>;
  /** Again, on the same port. */
  start(): Promise<void>;
  /** It answers no more, and its connections stay. */
  freeze(): void;
  thaw(): void;
}

/** An empty server on a port of its own, in memory only; it ends with the file. */
export async function startRedis(program: string, settings: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), "testfarm-redis-"));
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    const basics = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", directory, "--save", ""];
    const child = spawn(program, [...basics, ...settings], { stdio: ["ignore", "pipe", "inherit"] });
    server = child;
    const said: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      said.push(line);
      if (!line.includes("Ready to accept connections")) continue;
      child.stdout.resume();
      return;
    }
    throw new Error(`redis-server did not start:\n${said.join("\n")}`);
  }

  async function kill(): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
  }

  atEnd(() => rm(directory, { recursive: true }));
  atEnd(kill);
  await start();
  return {
    address: { url: `redis://127.0.0.1:${port}`, isCluster: false },
    port,
    kill,
    start,
    freeze: () => server?.kill("SIGSTOP"),
    thaw: () => server?.kill("SIGCONT"),
  };
}

/** Three servers that share the keys, without replicas. */
export async function startCluster(program: string): Promise<RedisAddress> {
  const servers: RedisServer[] = [];
  for (let n = 0; n < 3; n++) {
    // The nodes' own port would be the clients' plus 10000, which need not exist.
    const own = ["--cluster-enabled", "yes", "--cluster-port", `${await freePort()}`];
    servers.push(await startRedis(program, own));
  }
  const cli = join(dirname(program), "redis-cli");
  const nodes = servers.map(({ port }) => `127.0.0.1:${port}`);
  await run(cli, ["--cluster", "create", ...nodes, "--cluster-replicas", "0", "--cluster-yes"]);
  const isReady = async ({ port }: RedisServer) =>
    (await run(cli, ["-p", `${port}`, "cluster", "info"])).stdout.includes("cluster_state:ok");
  await vi.waitUntil(async () => (await Promise.all(servers.map(isReady))).every(Boolean), {
    timeout: 30_000,
    interval: 100,
  });
  return { url: servers[0]!.address.url, isCluster: true };
}
