import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { Queue, Worker } from "bullmq";
import { openQueue } from "../support/queue-place.ts";
import { emptyDatabase } from "../support/postgres.ts";
import { migrate } from "../../app/db/migrate.ts";
import { redisProgram, startRedis } from "../support/redis.ts";
import type { QueuePlace } from "../support/queue-place.ts";
import { median } from "./bench.ts";
import type { Bench } from "./bench.ts";

const rounds = 5;
const jobs = 4_000;
const concurrency = 20;

/** Jobs a second that do nothing, from the first one added to the last one done. */
export const queue: Bench = {
  name: "queue",
  how: `${jobs} jobs that do nothing, added and then worked off by one worker; median of ${rounds} rounds`,
  async run() {
    const program = await redisProgram.find();
    if (program === undefined) throw new Error(redisProgram.needs);
    const { address } = await startRedis(program);
    const url = await emptyDatabase();
    await migrate(url);
    const [own, bare, onPostgres]: [number[], number[], number[]] = [[], [], []];
    // The first round warms up and is not counted.
    for (let round = 0; round <= rounds; round++) {
      const measured = [
        await throughOurs({ provider: "redis", address, prefix: `{${randomUUID()}}` }),
        await throughBullMQ(address.url),
        await throughOurs({ provider: "postgres", url }),
      ];
      if (round > 0) [own, bare, onPostgres].forEach((all, index) => all.push(measured[index]!));
    }
    const ratio = median(own.map((each, index) => each / bare[index]!));
    return [
      { what: "on Redis", baseline: `${rate(bare)} bare BullMQ`, measured: rate(own) },
      { what: "ratio", measured: ratio.toFixed(2), target: ">= 0.90", met: ratio >= 0.9 },
      { what: "on PostgreSQL", baseline: `${rate(bare)} bare BullMQ`, measured: rate(onPostgres) },
    ];
  },
};

const rate = (all: readonly number[]) => `${Math.round(median(all))}/s`;

async function throughOurs(place: QueuePlace): Promise<number> {
  const ours = await openQueue(place);
  const seconds = await timed(
    () => ours.add({ orgId: "org", sessionId: randomUUID() }),
    (done) => ours.consume({ run: async () => done(), giveUp: async () => done() }, { concurrency }),
  );
  await ours.close();
  return jobs / seconds;
}

async function throughBullMQ(url: string): Promise<number> {
  const connection = { url };
  const prefix = randomUUID();
  const bare = new Queue("bare", { connection, prefix });
  // What our jobs have, too: without an id and with its key kept, a job would be another thing to Redis.
  const options = { removeOnComplete: true };
  const seconds = await timed(
    () => bare.add("run", { orgId: "org", sessionId: randomUUID() }, { ...options, jobId: randomUUID() }),
    async (done) => new Worker("bare", async () => done(), { connection, prefix, concurrency }),
  );
  await bare.close();
  return jobs / seconds;
}

async function timed(
  add: () => Promise<unknown>,
  consume: (done: () => void) => Promise<{ close(): Promise<void> }>,
): Promise<number> {
  const started = performance.now();
  for (let added = 0; added < jobs; added += 100) await Promise.all(Array.from({ length: 100 }, add));
  let left = jobs;
  const finished = new EventEmitter();
  const consumer = await consume(() => --left === 0 && finished.emit("all"));
  if (left > 0) await once(finished, "all");
  const seconds = (performance.now() - started) / 1_000;
  await consumer.close();
  return seconds;
}
