import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { createSession, listSessions } from "../../../app/db/sessions.ts";
import { openServices } from "../../../app/services.ts";
import { startWorker } from "../../../app/worker/start.ts";
import { atEnd } from "../../support/at-end.ts";
import { redisProgram, startRedis } from "../../support/redis.ts";
import { startRole } from "../../support/role-process.ts";
import { scriptedSession } from "../../support/scripted-session.ts";
import { describeWith } from "../../support/services.ts";
import { install } from "../../support/installation.ts";
import { follow } from "./reader.ts";

const clients = 200;
const sessions = 8;
const steps = 40;

/** A moment in the test, for which sessions wait. */
class Moment {
  /** When it came. Milliseconds since the epoch. */
  at = Infinity;
  readonly #passed = new AbortController();

  pass(): void {
    this.at = Date.now();
    this.#passed.abort();
  }

  async wait(): Promise<void> {
    await sleep(60_000, undefined, { signal: this.#passed.signal }).catch(() => undefined);
  }
}

await describeWith(redisProgram, `${clients} readers at two APIs`, (program) => {
  test("get every event once and in order, though an API is killed and Redis comes back empty", async () => {
    const redis = await startRedis(program);
    const { db, env, headers, orgId, personaId, events } = await install(redis.address);
    const [dying, staying] = await Promise.all([startRole("api", env), startRole("api", env)]);
    const databaseUrl = env["DATABASE_URL"]!;
    const services = await openServices(
      { databaseUrl, directUrl: databaseUrl, redis: redis.address, storageDirectory: env["STORAGE_DIR"]! },
      pino({ level: "silent" }),
    );
    atEnd(services.close);

    const [killed, away, back] = [new Moment(), new Moment(), new Moment()];
    const script = scriptedSession(async (step) => {
      if (step > 10) await killed.wait();
      if (step > 20) await away.wait();
      if (step > 30) await back.wait();
      await sleep(100);
    });
    const worker = await startWorker({ ...services, ...script, concurrency: sessions });
    atEnd(worker.close);
    for (let n = 0; n < sessions; n++) {
      const task = { url: "http://shop.test/", objective: `Do ${steps} steps`, personaId };
      const { id } = await createSession(db, orgId, task);
      await services.queue.add({ orgId, sessionId: id });
    }
    const ids = (await listSessions(db, orgId, sessions)).map(({ id }) => id);

    const readers = Array.from({ length: clients }, (_, n) => {
      const addresses = n % 2 === 0 ? [dying.url, staying.url] : [staying.url];
      return { isAtDying: n % 2 === 0, ...follow(addresses, ids[(n >> 1) % sessions]!, headers) };
    });
    const allHave = (count: number) =>
      vi.waitUntil(() => readers.every(({ received }) => received.length >= count), {
        timeout: 40_000,
        interval: 20,
      });

    await allHave(5);
    await dying.kill();
    killed.pass();
    await allHave(20);
    await redis.kill();
    away.pass();
    // What happens now is announced to nobody.
    await vi.waitFor(
      async () => {
        for (const { steps: done } of await listSessions(db, orgId, sessions))
          expect(done).toBeGreaterThanOrEqual(30);
      },
      { timeout: 40_000, interval: 100 },
    );
    await redis.start();
    back.pass();
    await Promise.all(readers.map(({ over }) => over));

    for (const id of ids) {
      const written = await events(id);
      expect(written.map(({ seq }) => seq)).toEqual(written.map((_, index) => index + 1));
      expect(written.at(-1)).toMatchObject({ type: "ended", status: "passed" });
      const unannounced = written.filter(({ at }) => Date.parse(at) > away.at && Date.parse(at) < back.at);
      expect(unannounced.length).toBeGreaterThanOrEqual(10);
      for (const { received, isAtDying, connections } of readers.filter(
        ({ sessionId }) => sessionId === id,
      )) {
        expect(received.map(({ seq }) => seq)).toEqual(written.map(({ seq }) => seq));
        const counts = [0, 0, 0, 0];
        for (const { at } of received) counts[[killed, away, back].filter((each) => at > each.at).length]!++;
        // Before the API was killed, until Redis was, until it was back, and from there on.
        expect(counts).toEqual([
          expect.toSatisfy((count: number) => count >= 5),
          expect.toSatisfy((count: number) => count >= 5),
          expect.any(Number),
          expect.toSatisfy((count: number) => count >= 10),
        ]);
        expect(connections()).toBe(isAtDying ? 2 : 1);
      }
    }
  }, 120_000);
});
