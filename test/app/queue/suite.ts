import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { HandOver } from "../../../app/queue/contract.ts";
import type { Consumer, Handlers, SessionJob, SessionQueue } from "../../../app/queue/contract.ts";
import { atEnd } from "../../support/at-end.ts";
import { openQueue } from "../../support/queue-place.ts";
import type { QueuePlace } from "../../support/queue-place.ts";

export const newJob = (): SessionJob => ({ orgId: randomUUID(), sessionId: randomUUID() });
export const ignore = () => Promise.resolve();

export async function consume(
  queue: SessionQueue,
  ...[handlers, options]: Parameters<SessionQueue["consume"]>
): Promise<Consumer> {
  const consumer = await queue.consume(handlers, options);
  atEnd(() => consumer.close());
  return consumer;
}

export const untilAborted: Handlers["run"] = (_, signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });

async function open(place: QueuePlace): Promise<SessionQueue> {
  const queue = await openQueue(place);
  atEnd(() => queue.close());
  return queue;
}

/** Takes what the queue holds in a process of its own, and is killed when it has taken one. */
export async function takeAndDie(place: QueuePlace): Promise<string> {
  const script = fileURLToPath(import.meta.resolve("../../support/stuck-worker.ts"));
  const child = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(place)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [taken] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGKILL");
  return taken.toString().trim();
}

/**
 * What every provider of the queue does alike. The tests run at the same time: most of their time is waiting.
 *
 * @param newPlace gives an empty queue of its own.
 */
export function queueSuite(name: string, newPlace: () => Promise<QueuePlace>): void {
  describe.concurrent(`the queue on ${name}`, () => {
    test("a killed worker's session is taken over within 20 seconds, and that is no failed try", async () => {
      const place = await newPlace();
      const queue = await open(place);
      const job = newJob();
      await queue.add(job);
      expect(await takeAndDie(place)).toBe(job.sessionId);
      const run = vi.fn<Handlers["run"]>(() => Promise.reject(new Error("It cannot be done.")));
      const giveUp = vi.fn<Handlers["giveUp"]>(ignore);
      await consume(queue, { run, giveUp }, { concurrency: 1 });
      await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(1));
      expect(run.mock.calls[0]![0]).toEqual(job);
      await vi.waitFor(() => expect(giveUp).toHaveBeenCalled());
      expect(run).toHaveBeenCalledTimes(3);
    }, 60_000);

    test("tries a failing session three times, waiting longer each time, then gives it up once", async () => {
      const queue = await open(await newPlace());
      const job = newJob();
      const times: number[] = [];
      const run = () => {
        times.push(performance.now());
        return Promise.reject(new Error(`try ${times.length}`));
      };
      const giveUp = vi.fn<Handlers["giveUp"]>(ignore);
      await queue.add(job);
      await consume(queue, { run, giveUp }, { concurrency: 1 });
      await vi.waitFor(() => expect(giveUp).toHaveBeenCalled());
      const [first, second, third] = times;
      expect(second! - first!).toBeGreaterThan(4_900);
      expect(third! - second!).toBeGreaterThan(9_900);
      await vi.waitFor(async () => expect(await queue.holds(job)).toBe(false));
      expect(times).toHaveLength(3);
      expect(giveUp.mock.calls).toEqual([[job, expect.objectContaining({ message: "try 3" })]]);
    }, 60_000);

    test("hands each session to one worker, however often it is added while it waits", async () => {
      const place = await newPlace();
      const queue = await open(place);
      const jobs = [newJob(), newJob(), newJob()];
      for (const job of [...jobs, ...jobs]) await queue.add(job);
      const run = vi.fn<Handlers["run"]>(ignore);
      for (const each of [queue, await open(place)])
        await consume(each, { run, giveUp: ignore }, { concurrency: 2 });
      await vi.waitFor(async () => {
        for (const job of jobs) expect(await queue.holds(job)).toBe(false);
      }, 10_000);
      expect(run.mock.calls.map(([job]) => job.sessionId).toSorted()).toEqual(
        jobs.map(({ sessionId }) => sessionId).toSorted(),
      );
    });

    test("hands sessions over in the order in which they were added", async () => {
      const queue = await open(await newPlace());
      const jobs = Array.from({ length: 10 }, newJob);
      for (const job of jobs) await queue.add(job);
      const run = vi.fn<Handlers["run"]>(ignore);
      await consume(queue, { run, giveUp: ignore }, { concurrency: 1 });
      await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(10));
      expect(run.mock.calls.map(([job]) => job)).toEqual(jobs);
    });

    test("runs at most as many sessions at the same time as it is told", async () => {
      const queue = await open(await newPlace());
      let running = 0;
      let most = 0;
      let done = 0;
      const run = async () => {
        most = Math.max(most, ++running);
        await sleep(200);
        running--;
        done++;
      };
      for (let n = 0; n < 5; n++) await queue.add(newJob());
      await consume(queue, { run, giveUp: ignore }, { concurrency: 2 });
      await vi.waitFor(() => expect(done).toBe(5));
      expect(most).toBe(2);
    });

    test("knows a session until it is over, and then takes it again", async () => {
      const queue = await open(await newPlace());
      const job = newJob();
      expect(await queue.holds(job)).toBe(false);
      await queue.add(job);
      expect(await queue.holds(job)).toBe(true);
      const run = vi.fn<Handlers["run"]>(ignore);
      await consume(queue, { run, giveUp: ignore }, { concurrency: 1 });
      await vi.waitFor(async () => expect(await queue.holds(job)).toBe(false));
      await queue.add(job);
      await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(2));
    });

    test("a worker that closes hands its session over at once, and that is no failed try", async () => {
      const queue = await open(await newPlace());
      const job = newJob();
      await queue.add(job);
      for (let closed = 0; closed < 4; closed++) {
        const run = vi.fn<Handlers["run"]>(untilAborted);
        const consumer = await queue.consume({ run, giveUp: ignore }, { concurrency: 1 });
        await vi.waitFor(() => expect(run).toHaveBeenCalled());
        await consumer.close();
        expect(run.mock.calls[0]![1].reason).toBeInstanceOf(HandOver);
        expect(await queue.holds(job)).toBe(true);
      }
    }, 40_000);

    test("can be reached, and says so", async () => {
      const queue = await open(await newPlace());
      await expect(queue.check()).resolves.toBeUndefined();
    });
  });
}
