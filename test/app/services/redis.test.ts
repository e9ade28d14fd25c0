import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { describe, expect, test, vi } from "vitest";
import type { Listener } from "../../../app/events/contract.ts";
import { openServices } from "../../../app/services.ts";
import { atEnd } from "../../support/at-end.ts";
import { migratedDatabase } from "../../support/postgres.ts";
import { redisProgram, startRedis } from "../../support/redis.ts";
import { describeWith } from "../../support/services.ts";

await describeWith(redisProgram, "with a Redis of its own", (program) => {
  describe("the services of a fleet", () => {
    test("are ready with Redis, not ready without it, and ready again", async () => {
      const server = await startRedis(program);
      const databaseUrl = await migratedDatabase();
      const log = pino({ level: "silent" });
      const services = await openServices(
        { databaseUrl, directUrl: databaseUrl, redis: server.address, storageDirectory: "unused" },
        log,
      );
      atEnd(services.close);
      expect(await services.ready()).toEqual({ database: true, queue: true, events: true });
      await server.kill();
      await vi.waitFor(async () =>
        expect(await services.ready()).toEqual({ database: true, queue: false, events: false }),
      );
      await server.start();
      await vi.waitFor(
        async () => expect(await services.ready()).toEqual({ database: true, queue: true, events: true }),
        { timeout: 15_000, interval: 100 },
      );
    }, 40_000);

    test("leave the database's own queue and announcements alone", async () => {
      const [server, databaseUrl] = [await startRedis(program), await migratedDatabase()];
      const addresses = { databaseUrl, directUrl: databaseUrl, storageDirectory: "unused" };
      const log = pino({ level: "silent" });
      const onRedis = await openServices({ ...addresses, redis: server.address }, log);
      const onPostgres = await openServices(addresses, log);
      for (const each of [onRedis, onPostgres]) atEnd(each.close);
      const job = { orgId: randomUUID(), sessionId: randomUUID() };
      await onRedis.queue.add(job);
      expect(await onRedis.queue.holds(job)).toBe(true);
      expect(await onPostgres.queue.holds(job)).toBe(false);
      const [own, other] = [vi.fn<Listener>(), vi.fn<Listener>()];
      onRedis.announcements.subscribe(job.sessionId, own);
      onPostgres.announcements.subscribe(job.sessionId, other);
      await onRedis.announcements.publish({ sessionId: job.sessionId, seq: 1 });
      await vi.waitFor(() => expect(own).toHaveBeenCalledWith(1));
      expect(other).not.toHaveBeenCalled();
    });

    test("warn in the log when Redis may drop parts of the queue", async () => {
      const server = await startRedis(program, ["--maxmemory-policy", "volatile-lru"]);
      const databaseUrl = await migratedDatabase();
      const lines: string[] = [];
      const log = pino({ level: "warn" }, { write: (line: string) => lines.push(line) });
      const services = await openServices(
        { databaseUrl, directUrl: databaseUrl, redis: server.address, storageDirectory: "unused" },
        log,
      );
      await services.close();
      expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
        expect.stringContaining("Set maxmemory-policy noeviction."),
      ]);
    });
  });
});
