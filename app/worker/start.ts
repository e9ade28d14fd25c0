import { listUnfinished } from "../db/attempts.ts";
import { every } from "../every.ts";
import type { SessionQueue } from "../queue/contract.ts";
import { createHandlers } from "./run-job.ts";
import type { WorkerServices } from "./run-job.ts";

interface Options extends WorkerServices {
  readonly queue: SessionQueue;
  /** Sessions at the same time. */
  readonly concurrency: number;
}

const reconcileInterval = 30_000;

/** Runs sessions from the queue until it is closed; a session that runs then goes back to the queue. */
export async function startWorker(options: Options): Promise<{ close(): Promise<void> }> {
  const { db, queue, concurrency, log } = options;
  const consumer = await queue.consume(createHandlers(options), { concurrency });
  const onError = (err: unknown) => log.error({ err }, "cannot reconcile the queue");
  const reconciling = every(reconcileInterval, () => reconcile(db, queue), onError);
  return {
    async close() {
      await reconciling.close();
      await consumer.close();
    },
  };
}

/** Adds every session that has not ended and that the queue does not know: the queue may lose everything. */
export async function reconcile(db: WorkerServices["db"], queue: SessionQueue): Promise<void> {
  for (const job of await listUnfinished(db)) {
    if (!(await queue.holds(job))) await queue.add(job);
  }
}
