import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { describe, expect, test, vi } from "vitest";
import { migrate } from "../../../app/db/migrate.ts";
import { HandOver } from "../../../app/queue/contract.ts";
import type { Handlers, SessionJob, SessionQueue } from "../../../app/queue/contract.ts";
import { queues } from "../../../app/queue/index.ts";
import { atEnd } from "../../support/at-end.ts";
import { emptyDatabase, migratedDatabase } from "../../support/postgres.ts";

/** One row for each provider: where the suite finds an empty queue of its own. */
const rows = [{ name: "postgres", address: migratedDatabase }] as const;

const newJob = (): SessionJob => ({ orgId: randomUUID(), sessionId: randomUUID() });
const ignore = () => Promise.resolve();
const consume = async (queue: SessionQueue, ...[handlers, options]: Parameters<SessionQueue["consume"]>) => {
  const consumer = await queue.consume(handlers, options);
  atEnd(() => consumer.close());
  return consumer;
};

const untilAborted: Handlers["run"] = (_, signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });

describe.each(rows)("the queue on $name", ({ name, address }) => {
  const open = async (url: string): Promise<SessionQueue> => {
    const queue = await queues[name](url, () => undefined);
    atEnd(() => queue.close());
    return queue;
  };
  test.concurrent("hands each session to one worker, however often it is added while it waits", async () => {
    const url = await address();
    const queue = await open(url);
    const jobs = [newJob(), newJob(), newJob()];
    for (const job of [...jobs, ...jobs]) await queue.add(job);
    const run = vi.fn<(job: SessionJob) => Promise<void>>(ignore);
    for (const each of [queue, await open(url)])
      await consume(each, { run, giveUp: ignore }, { concurrency: 2 });
    await vi.waitFor(async () => {
      for (const job of jobs) expect(await queue.holds(job)).toBe(false);
    }, 5_000);
    expect(run.mock.calls.map(([job]) => job.sessionId).toSorted()).toEqual(
      jobs.map(({ sessionId }) => sessionId).toSorted(),
    );
  });

  test.concurrent("runs at most as many sessions at the same time as it is told", async () => {
    const queue = await open(await address());
    let running = 0;
    let most = 0;
    let done = 0;
    const run = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 200));
      running--;
      done++;
    };
    for (let n = 0; n < 5; n++) await queue.add(newJob());
    await consume(queue, { run, giveUp: ignore }, { concurrency: 2 });
    await vi.waitFor(() => expect(done).toBe(5), 10_000);
    expect(most).toBe(2);
  });

  test.concurrent("knows a session until it is over, and then takes it again", async () => {
    const queue = await open(await address());
    const job = newJob();
    expect(await queue.holds(job)).toBe(false);
    await queue.add(job);
    expect(await queue.holds(job)).toBe(true);
    const run = vi.fn<() => Promise<void>>(ignore);
    await consume(queue, { run, giveUp: ignore }, { concurrency: 1 });
    await vi.waitFor(async () => expect(await queue.holds(job)).toBe(false), 5_000);
    await queue.add(job);
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(2), 5_000);
  });

  test.concurrent("tries a failing session three times, waiting longer each time, then gives it up once", async () => {
    const queue = await open(await address());
    const job = newJob();
    const times: number[] = [];
    const run = () => {
      times.push(performance.now());
      return Promise.reject(new Error(`try ${times.length}`));
    };
    const giveUp = vi.fn<(job: SessionJob, error: Error) => Promise<void>>(ignore);
    await queue.add(job);
    await consume(queue, { run, giveUp }, { concurrency: 1 });
    await vi.waitFor(() => expect(giveUp).toHaveBeenCalled(), 30_000);
    const [first, second, third] = times;
    expect(second! - first!).toBeGreaterThan(4_900);
    expect(third! - second!).toBeGreaterThan(9_900);
    expect(times).toHaveLength(3);
    expect(giveUp.mock.calls).toEqual([[job, expect.objectContaining({ message: "try 3" })]]);
    await vi.waitFor(async () => expect(await queue.holds(job)).toBe(false), 5_000);
  }, 40_000);

  test.concurrent("a worker that closes hands its session over at once, and that is no failed try", async () => {
    const url = await address();
    const queue = await open(url);
    const job = newJob();
    await queue.add(job);
    for (let closed = 0; closed < 4; closed++) {
      const run = vi.fn<Handlers["run"]>(untilAborted);
      const consumer = await queue.consume({ run, giveUp: ignore }, { concurrency: 1 });
      await vi.waitFor(() => expect(run).toHaveBeenCalled(), 4_000);
      await consumer.close();
      expect(run.mock.calls[0]![1].reason).toBeInstanceOf(HandOver);
      expect(await queue.holds(job)).toBe(true);
    }
  });

  test.concurrent("a killed worker's session is taken over within 20 seconds", async () => {
    const url = await address();
    const queue = await open(url);
    const job = newJob();
    await queue.add(job);
    const script = fileURLToPath(import.meta.resolve("../../support/stuck-worker.ts"));
    const child = spawn(process.execPath, ["--import", "tsx", script, name, url]);
    const [taken] = (await once(child.stdout, "data")) as [Buffer];
    expect(taken.toString().trim()).toBe(job.sessionId);
    const run = vi.fn<(job: SessionJob) => Promise<void>>(ignore);
    await consume(queue, { run, giveUp: ignore }, { concurrency: 1 });
    child.kill("SIGKILL");
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(1), 20_000);
    expect(run.mock.calls[0]![0]).toEqual(job);
  }, 40_000);
});

test("the queue on postgres needs no right beyond those that the account app is granted", async () => {
  const url = await emptyDatabase();
  const owner = new Client({ connectionString: url });
  await owner.connect();
  await owner.query("CREATE ROLE app LOGIN PASSWORD 'app'");
  await migrate(url);
  const queue = await queues.postgres(
    Object.assign(new URL(url), { username: "app", password: "app" }).href,
    () => {},
  );
  const run = vi.fn<() => Promise<void>>(ignore);
  await queue.add(newJob());
  const consumer = await queue.consume({ run, giveUp: ignore }, { concurrency: 1 });
  await vi.waitFor(() => expect(run).toHaveBeenCalled(), 5_000);
  await consumer.close();
  await queue.close();
  await owner.query("DROP OWNED BY app");
  await owner.query("DROP ROLE app");
  await owner.end();
});
