import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { pino } from "pino";
import { describe, expect, test, vi } from "vitest";
import { readEvents } from "../../../app/db/events.ts";
import { createSession, listSessions } from "../../../app/db/sessions.ts";
import { openServices } from "../../../app/services.ts";
import type { OpenServices } from "../../../app/services.ts";
import { startWorker } from "../../../app/worker/start.ts";
import { createTenant } from "../../support/api.ts";
import { atEnd } from "../../support/at-end.ts";
import { migratedDatabase } from "../../support/postgres.ts";
import { redisProgram, startRedis } from "../../support/redis.ts";
import type { RedisServer } from "../../support/redis.ts";
import { scriptedSession } from "../../support/scripted-session.ts";
import { describeWith } from "../../support/services.ts";

const sessions = 20;
const steps = 8;

/** What can happen to a Redis that holds the queue, and takes it with it. */
const losses: Record<string, (server: RedisServer) => Promise<unknown>> = {
  async "is emptied"({ address }) {
    const client = new Redis(address.url);
    await client.flushall();
    client.disconnect();
  },
  async "is killed and comes back empty"(server) {
    await server.kill();
    await sleep(1_000);
    await server.start();
  },
};

await describeWith(redisProgram, "two workers on a Redis", (program) => {
  describe.concurrent(`that ${sessions} sessions stand in`, () => {
    test.each(Object.entries(losses))(
      "bring all of them to their end when it %s in the middle",
      async (_, lose) => {
        const [server, databaseUrl] = [await startRedis(program), await migratedDatabase()];
        const storageDirectory = await mkdtemp(join(tmpdir(), "testfarm-fleet-"));
        atEnd(() => rm(storageDirectory, { recursive: true }));
        const open = async (): Promise<OpenServices> => {
          const services = await openServices(
            { databaseUrl, directUrl: databaseUrl, redis: server.address, storageDirectory },
            pino({ level: "silent" }),
          );
          atEnd(services.close);
          return services;
        };
        const services = [await open(), await open()] as const;
        const { db, queue } = services[0];
        const { orgId, personaId } = await createTenant(services[0], "Own");
        for (let n = 0; n < sessions; n++) {
          const task = { url: "http://shop.test/", objective: `Do ${steps} steps`, personaId };
          const { id } = await createSession(db, orgId, task);
          await queue.add({ orgId, sessionId: id });
        }
        for (const each of services) {
          const worker = await startWorker({ ...each, ...scriptedSession(() => sleep(50)), concurrency: 3 });
          atEnd(worker.close);
        }
        const count = async (...statuses: string[]) =>
          (await listSessions(db, orgId, 100)).filter(({ status }) => statuses.includes(status)).length;

        await vi.waitFor(async () => expect(await count("passed")).toBeGreaterThan(3));
        await lose(server);
        expect(await count("queued", "running")).toBeGreaterThan(3);

        // The workers look every 30 s for sessions that the queue does not know.
        await vi.waitFor(async () => expect(await count("passed")).toBe(sessions), {
          timeout: 50_000,
          interval: 250,
        });
        for (const { id, steps: done } of await listSessions(db, orgId, 100)) {
          const events = await readEvents(db, orgId, { sessionId: id, seq: 0 }, 1_000);
          expect(events.map(({ seq }) => seq)).toEqual(events.map((__, index) => index + 1));
          expect(done).toBe(steps);
          expect(events.filter(({ type }) => type === "ended")).toHaveLength(1);
        }
      },
      90_000,
    );
  });
});
