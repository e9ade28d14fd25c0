import { setTimeout as sleep } from "node:timers/promises";
import { createPostgresBackend, createRedisBackend, Queue } from "bullmq";
import { Client } from "pg";
import { describe, expect, test, vi } from "vitest";
import { names } from "../../../app/queue/bullmq/names.ts";
import type { Handlers } from "../../../app/queue/contract.ts";
import { connectRedis, type RedisAddress } from "../../../app/redis/connect.ts";
import { postgresQuery, redisFormula, redisKeys } from "../../../infra/contracts/queue.ts";
import { atEnd } from "../../support/at-end.ts";
import { migratedDatabase } from "../../support/postgres.ts";
import { openQueue, type QueuePlace } from "../../support/queue-place.ts";
import { redisProgram, startCluster, startRedis } from "../../support/redis.ts";
import { describeWith } from "../../support/services.ts";
import { consume, ignore, newJob, takeAndDie, untilAborted } from "./suite.ts";

/** A queue where the application has it, and what KEDA reads there. */
interface Subject {
  readonly place: QueuePlace;
  sessionsToRun(): Promise<number>;
  /** Adds a session that goes before the others, as nothing of the application does so far. */
  addPrioritised(): Promise<unknown>;
}

const { orgId } = newJob();

async function onPostgres(): Promise<Subject> {
  const url = await migratedDatabase();
  const client = new Client({ connectionString: url });
  await client.connect();
  atEnd(() => client.end());
  const connection = { connectionString: url, schema: names.schema };
  const queue = new Queue(names.queue, { connection }, createPostgresBackend);
  atEnd(() => queue.close());
  return {
    place: { provider: "postgres", url },
    async sessionsToRun() {
      // KEDA scans the one column of the first row into a float64.
      const { rows } = await client.query<[string]>({ text: postgresQuery, rowMode: "array" });
      expect(rows).toEqual([[expect.stringMatching(/^\d+$/)]]);
      return Number(rows[0]![0]);
    },
    addPrioritised: () => queue.add("run", { ...newJob(), orgId }, { priority: 1 }),
  };
}

/** As KEDA does it, by a script that is told one key: in a cluster that decides which node is asked. */
const length = `
  if redis.call("TYPE", KEYS[1]).ok == "zset" then return redis.call("ZCARD", KEYS[1]) end
  return redis.call("LLEN", KEYS[1])`;

async function onRedis(address: RedisAddress): Promise<Subject> {
  const client = await connectRedis(address, "fail-fast", () => undefined);
  atEnd(() => client.disconnect());
  const queue = new Queue(names.queue, { connection: client, prefix: names.prefix }, createRedisBackend);
  const lengthOf = async (trigger: string) =>
    (await client.eval(length, 1, redisKeys[trigger as keyof typeof redisKeys])) as number;
  return {
    place: { provider: "redis", address, prefix: names.prefix },
    async sessionsToRun() {
      const terms = redisFormula.split(" + ");
      expect(terms.toSorted()).toEqual(Object.keys(redisKeys).toSorted());
      const lengths = await Promise.all(terms.map(lengthOf));
      return lengths.reduce((sum, each) => sum + each, 0);
    },
    addPrioritised: () => queue.add("run", { ...newJob(), orgId }, { priority: 1 }),
  };
}

async function open(newSubject: () => Promise<Subject>) {
  const subject = await newSubject();
  const queue = await openQueue(subject.place);
  atEnd(() => queue.close());
  return { ...subject, queue };
}

function scalerSuite(name: string, newSubject: () => Promise<Subject>): void {
  describe.concurrent(`on ${name} the number of sessions to run`, () => {
    test("is none while the queue is empty, and when all of it is done", async () => {
      const { queue, sessionsToRun } = await open(newSubject);
      expect(await sessionsToRun()).toBe(0);
      const run = vi.fn<Handlers["run"]>(ignore);
      await consume(queue, { run, giveUp: ignore }, { concurrency: 1 });
      await queue.add(newJob());
      await vi.waitFor(() => expect(run).toHaveBeenCalled());
      await vi.waitFor(async () => expect(await sessionsToRun()).toBe(0));
    });

    test("has those that wait, prioritised ones too", async () => {
      const { queue, addPrioritised, sessionsToRun } = await open(newSubject);
      for (let n = 0; n < 3; n++) await queue.add(newJob());
      expect(await sessionsToRun()).toBe(3);
      await addPrioritised();
      await addPrioritised();
      expect(await sessionsToRun()).toBe(5);
    });

    test("stays the same while they run, and when they are handed over", async () => {
      const { queue, sessionsToRun } = await open(newSubject);
      for (let n = 0; n < 3; n++) await queue.add(newJob());
      const run = vi.fn<Handlers["run"]>(untilAborted);
      const consumer = await consume(queue, { run, giveUp: ignore }, { concurrency: 2 });
      await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(2));
      expect(await queue.depth()).toEqual({ waiting: 1, delayed: 0, active: 2 });
      expect(await sessionsToRun()).toBe(3);
      await consumer.close();
      expect(await queue.depth()).toEqual({ waiting: 3, delayed: 0, active: 0 });
      expect(await sessionsToRun()).toBe(3);
    });

    test("is without those that wait for another try, until a worker sees that their time has come", async () => {
      const { queue, sessionsToRun } = await open(newSubject);
      const fail = vi.fn<Handlers["run"]>(() => Promise.reject(new Error("It cannot be done.")));
      const failing = await consume(queue, { run: fail, giveUp: ignore }, { concurrency: 1 });
      await queue.add(newJob());
      await vi.waitFor(async () => expect((await queue.depth()).delayed).toBe(1));
      expect(await sessionsToRun()).toBe(0);
      await failing.close();
      await sleep(6_000);
      expect(await queue.depth()).toEqual({ waiting: 0, delayed: 1, active: 0 });
      expect(await sessionsToRun()).toBe(0);
      const run = vi.fn<Handlers["run"]>(untilAborted);
      await consume(queue, { run, giveUp: ignore }, { concurrency: 1 });
      await vi.waitFor(() => expect(run).toHaveBeenCalled(), { timeout: 20_000, interval: 50 });
      expect(await sessionsToRun()).toBe(1);
    }, 60_000);

    test("has those of a worker that was killed, before another one takes them over and after", async () => {
      const { place, queue, sessionsToRun } = await open(newSubject);
      await queue.add(newJob());
      await takeAndDie(place);
      await queue.add(newJob());
      expect(await queue.depth()).toEqual({ waiting: 1, delayed: 0, active: 1 });
      expect(await sessionsToRun()).toBe(2);
      const run = vi.fn<Handlers["run"]>(untilAborted);
      await consume(queue, { run, giveUp: ignore }, { concurrency: 2 });
      await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(2), { timeout: 30_000, interval: 50 });
      expect(await sessionsToRun()).toBe(2);
    }, 60_000);
  });
}

scalerSuite("PostgreSQL", onPostgres);

await describeWith(redisProgram, "with Redis", (program) => {
  scalerSuite("Redis", async () => onRedis((await startRedis(program)).address));
  scalerSuite("a Redis Cluster", async () => onRedis(await startCluster(program)));
});
