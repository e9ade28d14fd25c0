/** A queue of sessions on BullMQ, whatever it keeps its jobs in: what holds for every store is said here, once. */
import { Queue, WaitingError, Worker } from "bullmq";
import type { BackendFactory, IQueueBackend, Job, QueueOptions, Telemetry, WorkerOptions } from "bullmq";
import { HandOver } from "../contract.ts";
import type { Consumer, Handlers, SessionJob, SessionQueue } from "../contract.ts";
import { names } from "./names.ts";

/** A killed worker's session is taken over after at most lock + check; BullMQ's defaults are 30 s each. */
const recovery = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 5 };

const jobOptions = {
  attempts: 3,
  backoff: { type: "exponential", delay: 5_000 },
  // A job that is over must not stand in the way of the same session added again.
  removeOnComplete: true,
  removeOnFail: true,
};

/** How long a store may take to note that a worker goes. Milliseconds. */
const closeDeadline = 5_000;

/** Where BullMQ keeps its jobs. */
export interface Store<Backend extends IQueueBackend, Connection> {
  readonly backend: BackendFactory<Backend, Connection>;
  /** Begins every key, where the store has keys. */
  readonly prefix?: string;
  /** For adding and looking; `close` of the store ends it. */
  readonly connection: Connection;
  /** A worker's own. */
  connectWorker(): Promise<{ readonly connection: Connection; disconnect(): void }>;
  close(): void;
}

export interface QueueSettings {
  /** Hears of lost connections; they are made again by themselves. */
  readonly onError: (error: Error) => void;
  /** Whether the trace of who adds a session is to go on in the worker that runs it. Default: no. */
  readonly isTraced?: boolean | undefined;
}

export async function sessionQueue<Backend extends IQueueBackend, Connection>(
  store: Store<Backend, Connection>,
  { onError, isTraced = false }: QueueSettings,
): Promise<SessionQueue> {
  const { backend, prefix } = store;
  type Options = QueueOptions<Connection>;
  const options = {
    connection: store.connection,
    ...(prefix && { prefix }),
    defaultJobOptions: jobOptions,
    // Costs a tenth of the throughput even where no SDK is loaded.
    ...(isTraced && { telemetry: await telemetry() }),
  };
  const queue = new Queue<SessionJob, void, string, SessionJob, void, string, Backend, Connection>(
    names.queue,
    options as Options,
    backend,
  );
  queue.on("error", onError);
  await queue.waitUntilReady();

  async function consume(handlers: Handlers, { concurrency }: { concurrency: number }): Promise<Consumer> {
    const closing = new AbortController();
    const running = new Set<Promise<void>>();
    const run = async (job: Job<SessionJob>, token?: string) => {
      const session = handlers.run(job.data, closing.signal);
      running.add(session);
      try {
        await session;
      } catch (error) {
        if (!(error instanceof HandOver)) throw error;
        await job.moveToWait(token);
        throw new WaitingError();
      } finally {
        running.delete(session);
      }
    };
    const own = await store.connectWorker();
    const worker = new Worker<SessionJob, void, string, Backend, number, Connection>(
      names.queue,
      run,
      { ...options, connection: own.connection, concurrency, ...recovery } as WorkerOptions<Connection>,
      backend,
    );
    worker.on("error", onError);
    worker.on("failed", (job, error) => {
      // `finishedOn` is set when there is no further try, whether tries or takeovers have run out.
      if (job?.finishedOn !== undefined) handlers.giveUp(job.data, inWords(error)).catch(onError);
    });
    await worker.waitUntilReady();
    return {
      pause: () => worker.pause(true),
      resume: () => worker.resume(),
      async close() {
        const closed = worker.close();
        closing.abort(new HandOver("This worker is shutting down."));
        await Promise.allSettled(running);
        // BullMQ would wait for a store that is away for ever: https://github.com/taskforcesh/bullmq/issues/4656. What the
        // store was not told it finds out: the session is taken over like that of a killed worker.
        await before(closeDeadline, closed, () =>
          onError(
            new Error(`The queue did not answer within ${closeDeadline / 1_000} s; this worker leaves it.`),
          ),
        );
        own.disconnect();
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
    async check() {
      await queue.getJobCountByTypes("wait");
    },
    async depth() {
      const { waiting = 0, delayed = 0, active = 0 } = await queue.getJobCounts();
      return { waiting, delayed, active };
    },
    consume,
    async close() {
      await before(closeDeadline, queue.close(), () => undefined);
      store.close();
    },
  };
}

async function telemetry(): Promise<Telemetry> {
  const { BullMQOtel } = await import("bullmq-otel");
  return new BullMQOtel({ tracerName: "bullmq" });
}

/** People read why a session ended; BullMQ's words for a worker that was lost too often are its own. */
const inWords = (error: Error) =>
  /stalled more than allowable limit/.test(error.message)
    ? new Error(`the worker that ran it was lost ${recovery.maxStalledCount + 1} times`, { cause: error })
    : error;

/** Waits for `work`, but no longer than `milliseconds`; then `giveUp` is called. */
async function before(milliseconds: number, work: Promise<void>, giveUp: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => resolve(giveUp()), milliseconds);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
