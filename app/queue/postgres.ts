import { createPostgresBackend, WaitingError, withBackend } from "bullmq";
import type { Job } from "bullmq";
import { HandOver } from "./contract.ts";
import type { Consumer, Handlers, SessionJob, SessionQueue } from "./contract.ts";

const { Queue, Worker } = withBackend(createPostgresBackend);
const name = "sessions";

/** A killed worker's session is taken over after at most lock + check; BullMQ's defaults are 30 s each. */
const recovery = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 5 };

const jobOptions = {
  attempts: 3,
  backoff: { type: "exponential", delay: 5_000 },
  // A job that is over must not stand in the way of the same session added again.
  removeOnComplete: true,
  removeOnFail: true,
};

/**
 * BullMQ on PostgreSQL: for installations without Redis.
 *
 * @param url never pooled: each backend listens on a connection of its own.
 * @param onError hears of lost connections; BullMQ connects again by itself.
 */
export async function postgresQueue(url: string, onError: (error: Error) => void): Promise<SessionQueue> {
  const connection = { connectionString: url, max: 4 };
  const queue = new Queue<SessionJob>(name, { connection, defaultJobOptions: jobOptions });
  queue.on("error", onError);
  await queue.waitUntilReady();

  async function consume(handlers: Handlers, { concurrency }: { concurrency: number }): Promise<Consumer> {
    const closing = new AbortController();
    const run = async (job: Job<SessionJob>, token?: string) => {
      try {
        await handlers.run(job.data, closing.signal);
      } catch (error) {
        if (!(error instanceof HandOver)) throw error;
        await job.moveToWait(token);
        throw new WaitingError();
      }
    };
    const worker = new Worker<SessionJob>(name, run, { connection, concurrency, ...recovery });
    worker.on("error", onError);
    worker.on("failed", (job, error) => {
      // `finishedOn` is set when there is no further try, whether tries or takeovers have run out.
      if (job?.finishedOn !== undefined) handlers.giveUp(job.data, error).catch(onError);
    });
    await worker.waitUntilReady();
    return {
      async close() {
        const closed = worker.close();
        closing.abort(new HandOver("This worker is shutting down."));
        await closed;
      },
    };
  }

  return {
    async add(job) {
      await queue.add("run", job, { jobId: job.sessionId });
    },
    async holds({ sessionId }) {
      return (await queue.getJobState(sessionId)) !== "unknown";
    },
    consume,
    close: () => queue.close(),
  };
}
