import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { describe, expect, test, vi } from "vitest";
import { freePort } from "../../../app/embedded/port.ts";
import type { Handlers } from "../../../app/queue/contract.ts";
import { queues } from "../../../app/queue/index.ts";
import { atEnd } from "../../support/at-end.ts";
import { openQueue } from "../../support/queue-place.ts";
import { redis, redisProgram, startRedis } from "../../support/redis.ts";
import { describeWith } from "../../support/services.ts";
import { consume, ignore, newJob, queueSuite, takeAndDie, untilAborted } from "./suite.ts";

const run = promisify(execFile);
const quiet = () => undefined;
/** What ioredis says when it may not wait: for a connection, or for the answer on one that has just been lost. */
const away = /enableOfflineQueue|MaxRetriesPerRequest|max retries per request|Connection is closed/;
const redisAt = (url: string, warn: (message: string) => void = quiet) =>
  queues.redis({ address: { url, isCluster: false }, onError: quiet, warn });

await describeWith(redis, "with Redis", (address) => {
  queueSuite("redis", async () => ({
    provider: "redis",
    address: await address(),
    prefix: `{${randomUUID()}}`,
  }));
});

await describeWith(redisProgram, "with a Redis of its own", (program) => {
  describe.concurrent("while Redis is away", () => {
    test("nobody waits for an answer, and afterwards sessions run again in the same worker", async () => {
      const server = await startRedis(program);
      const queue = await redisAt(server.address.url);
      atEnd(() => queue.close());
      const sessions = vi.fn<Handlers["run"]>(ignore);
      await consume(queue, { run: sessions, giveUp: ignore }, { concurrency: 1 });
      await server.kill();
      const job = newJob();
      await expect(queue.add(job)).rejects.toThrow(away);
      await expect(queue.holds(job)).rejects.toThrow(away);
      await expect(queue.check()).rejects.toThrow(away);
      await server.start();
      // What it held is gone with it; workers add it again, as they do with whatever it does not know.
      await vi.waitFor(() => queue.add(job), { timeout: 15_000, interval: 100 });
      await vi.waitFor(() => expect(sessions).toHaveBeenCalled(), { timeout: 15_000, interval: 100 });
      await expect(queue.check()).resolves.toBeUndefined();
    }, 40_000);

    test.each(["killed", "frozen"] as const)(
      "a worker closes, Redis being %s",
      async (state) => {
        const server = await startRedis(program);
        const queue = await redisAt(server.address.url);
        await queue.add(newJob());
        const sessions = vi.fn<Handlers["run"]>(untilAborted);
        const consumer = await queue.consume({ run: sessions, giveUp: ignore }, { concurrency: 1 });
        await vi.waitFor(() => expect(sessions).toHaveBeenCalled());
        if (state === "killed") await server.kill();
        else server.freeze();
        await consumer.close();
        await queue.close();
        server.thaw();
      },
      40_000,
    );
  });

  test("a session that has lost its worker six times is given up, and why is said in words", async () => {
    const { address } = await startRedis(program);
    const place = { provider: "redis", address, prefix: "{six}" } as const;
    const queue = await openQueue(place);
    atEnd(() => queue.close());
    const job = newJob();
    await queue.add(job);
    const client = new Redis(address.url);
    atEnd(() => client.disconnect());
    // Where BullMQ counts them: five of the six are spared the wait.
    await client.hset(`{six}:sessions:${job.sessionId}`, "stc", 5);
    await takeAndDie(place);
    const giveUp = vi.fn<Handlers["giveUp"]>(ignore);
    const sessions = vi.fn<Handlers["run"]>(ignore);
    await consume(queue, { run: sessions, giveUp }, { concurrency: 1 });
    await vi.waitFor(() => expect(giveUp).toHaveBeenCalledTimes(1));
    expect(giveUp.mock.calls[0]).toEqual([
      job,
      expect.objectContaining({ message: "the worker that ran it was lost 6 times" }),
    ]);
    expect(sessions).not.toHaveBeenCalled();
  }, 40_000);

  describe("how it is set up", () => {
    test.each(["noeviction", "allkeys-lru"])("with the policy %s", async (policy) => {
      const { address } = await startRedis(program, ["--maxmemory-policy", policy]);
      const warn = vi.fn<(message: string) => void>();
      await (await redisAt(address.url, warn)).close();
      expect(warn.mock.calls).toEqual(
        policy === "noeviction"
          ? []
          : [
              [
                "Redis drops keys when its memory is full (maxmemory-policy allkeys-lru), and with them parts of the " +
                  "queue. Set maxmemory-policy noeviction.",
              ],
            ],
      );
    });

    test("an account of its own, with any password, may use it; a wrong password is refused and not shown", async () => {
      const password = "a/b:c@d#e%";
      const { port } = await startRedis(program, ["--user", "tf", "on", `>${password}`, "~*", "&*", "+@all"]);
      const at = (secret: string) => `redis://tf:${encodeURIComponent(secret)}@127.0.0.1:${port}`;
      const queue = await redisAt(at(password));
      await queue.add(newJob());
      await queue.close();
      const refused = redisAt(at("hunter2"));
      await expect(refused).rejects.toThrow(
        /^Redis at 127\.0\.0\.1:\d+ cannot be used: WRONGPASS.*REDIS_URL/,
      );
      await expect(refused).rejects.not.toThrow("hunter2");
    });

    test("where nobody listens, the error says where and why", async () => {
      const port = await freePort();
      await expect(redisAt(`redis://127.0.0.1:${port}`)).rejects.toThrow(
        `Redis at 127.0.0.1:${port} cannot be used: connect ECONNREFUSED`,
      );
    });

    test("rediss:// is TLS, and a certificate that nobody vouches for is refused", async () => {
      const directory = await mkdtemp(join(tmpdir(), "testfarm-tls-"));
      atEnd(() => rm(directory, { recursive: true }));
      const [key, certificate] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
      const request = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
      ];
      const names = ["-addext", "subjectAltName=DNS:localhost"];
      await run("openssl", [...request, ...names, "-keyout", key, "-out", certificate]);
      const port = await freePort();
      await startRedis(program, [
        "--tls-port",
        `${port}`,
        "--tls-auth-clients",
        "no",
        "--tls-cert-file",
        certificate,
        "--tls-key-file",
        key,
      ]);
      const url = `rediss://localhost:${port}`;
      await expect(redisAt(url)).rejects.toThrow("self-signed certificate");
      // Node reads the authorities that it trusts when it starts.
      const script = fileURLToPath(import.meta.resolve("../../support/add-and-look.ts"));
      const { stdout } = await run(process.execPath, ["--import", "tsx", script, url], {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
      });
      expect(stdout.trim()).toBe("true");
    });
  });
});
