import { randomUUID } from "node:crypto";
import { Cluster, Redis } from "ioredis";
import { describe, expect, test, vi } from "vitest";
import type { Listener, SessionAnnouncements } from "../../../app/events/contract.ts";
import { announcements } from "../../../app/events/index.ts";
import type { RedisAddress } from "../../../app/redis/connect.ts";
import { atEnd } from "../../support/at-end.ts";
import { redis, redisProgram, startCluster, startRedis } from "../../support/redis.ts";
import { describeWith } from "../../support/services.ts";
import { announcementsSuite } from "./suite.ts";
import type { Process } from "./suite.ts";

async function open(
  address: RedisAddress,
  onError: (error: Error) => void = () => undefined,
): Promise<SessionAnnouncements> {
  const opened = await announcements.redis({ address, onError });
  atEnd(opened.close);
  return opened;
}

const processesAt = (address: RedisAddress) => async (): Promise<Process> => ({
  announcements: await open(address),
  async breakListening() {
    const client = address.isCluster ? new Cluster([address.url]) : new Redis(address.url);
    if (client instanceof Cluster) await new Promise((resolve) => client.once("ready", resolve));
    const servers = client instanceof Cluster ? client.nodes() : [client];
    const killed = await Promise.all(
      servers.map((server) => server.call("CLIENT", "KILL", "TYPE", "pubsub")),
    );
    client.disconnect();
    expect(killed.reduce((sum: number, each) => sum + Number(each), 0)).toBeGreaterThan(0);
  },
});

await describeWith(redis, "with Redis", (address) => {
  announcementsSuite("redis", async () => processesAt(await address()));
});

await describeWith(redisProgram, "with a Redis of its own", (program) => {
  let cluster: Promise<RedisAddress> | undefined;
  announcementsSuite("a cluster of three nodes", async () =>
    processesAt(await (cluster ??= startCluster(program))),
  );

  describe("when Redis itself goes", () => {
    test("a restart is noticed, and the listeners are told to look again", async () => {
      const server = await startRedis(program);
      const opened = await open(server.address);
      const sessionId = randomUUID();
      const listener = vi.fn<Listener>();
      opened.subscribe(sessionId, listener);
      await server.kill();
      await vi.waitFor(() => expect(opened.isListening()).toBe(false));
      // An announcement is a hint: what it would tell stands in the database.
      await expect(opened.publish({ sessionId, seq: 1 })).resolves.toBeUndefined();
      await server.start();
      await vi.waitFor(() => expect(listener.mock.calls).toEqual([[]]));
      expect(opened.isListening()).toBe(true);
      await vi.waitFor(
        async () => {
          await opened.publish({ sessionId, seq: 2 });
          expect(listener).toHaveBeenLastCalledWith(2);
        },
        { timeout: 15_000, interval: 100 },
      );
    }, 40_000);

    test("a server that answers no more is noticed although its connections stay", async () => {
      const server = await startRedis(program);
      const opened = await open(server.address);
      const listener = vi.fn<Listener>();
      opened.subscribe(randomUUID(), listener);
      server.freeze();
      await vi.waitFor(() => expect(opened.isListening()).toBe(false));
      server.thaw();
      await vi.waitFor(() => expect(listener.mock.calls).toEqual([[]]));
    }, 40_000);

    test("a process that closes while it is away ends in order", async () => {
      const server = await startRedis(program);
      const opened = await open(server.address);
      await server.kill();
      await vi.waitFor(() => expect(opened.isListening()).toBe(false));
      await opened.close();
    });
  });
});
