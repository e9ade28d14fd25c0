import { setTimeout as sleep } from "node:timers/promises";
import { listUnfinished } from "../db/attempts.ts";
import type { Gate } from "../db/gate.ts";
import { every } from "../every.ts";
import { isOpen } from "../promotion/gate.ts";
import type { Consumer, SessionQueue } from "../queue/contract.ts";
import { createHandlers } from "./run-job.ts";
import type { WorkerServices } from "./run-job.ts";

interface Options extends WorkerServices {
  readonly queue: SessionQueue;
  /** Sessions at the same time. */
  readonly concurrency: number;
}

const reconcileInterval = 30_000;
/** Between two tries to take sessions from a queue that is away. Milliseconds. */
const retryInterval = 1_000;

/**
 * Runs sessions from the queue until it is closed; a session that runs then goes back to the queue. So it does when the
 * installation is to be moved, unless sessions shall end first. None is taken until that is over.
 */
export async function startWorker(options: Options): Promise<{ close(): Promise<void> }> {
  const { db, queue, gate, concurrency, log } = options;
  const handlers = createHandlers(options);
  const onError = (err: unknown) => log.error({ err }, "cannot reconcile the queue");
  const reconciling = every(
    reconcileInterval,
    async () => {
      if (isOpen(gate.now())) await reconcile(db, queue);
    },
    onError,
  );
  const closing = new AbortController();
  const { signal } = closing;
  const consume = () => queue.consume(handlers, { concurrency });

  /** The queue may be away just when the gate opens. */
  async function consumeAtLast(): Promise<Consumer> {
    for (;;) {
      try {
        return await consume();
      } catch (err) {
        log.warn({ err }, "cannot take sessions from the queue, and tries again");
        await sleep(retryInterval, undefined, { signal });
      }
    }
  }

  /** Until the gate is closed, or sessions are to be handed over. */
  async function serve(consumer: Consumer): Promise<void> {
    try {
      for (;;) {
        await gate.when((now) => !isOpen(now), signal);
        log.info(said(gate.now()), "takes no session while the installation is being moved");
        if (!mayFinish(gate.now())) return;
        await consumer.pause();
        await gate.when((now) => !mayFinish(now), signal);
        if (!isOpen(gate.now())) return;
        await reconcile(db, queue).catch(onError);
        await consumer.resume();
      }
    } finally {
      await consumer.close();
    }
  }

  async function serveWhileOpen(first: Consumer | undefined): Promise<void> {
    let consumer = first;
    try {
      for (;;) {
        if (consumer) await serve(consumer);
        await gate.whenOpen(signal);
        log.info(said(gate.now()), "takes sessions");
        await reconcile(db, queue).catch(onError);
        consumer = await consumeAtLast();
      }
    } catch (err) {
      if (!signal.aborted) throw err;
    }
  }

  const serving = serveWhileOpen(isOpen(gate.now()) ? await consume() : undefined);
  serving.catch((err: unknown) => log.error({ err }, "takes no sessions any more"));
  return {
    async close() {
      await reconciling.close();
      closing.abort(new Error("The worker closes."));
      await serving;
    },
  };
}

const mayFinish = ({ state, sessions }: Gate): boolean => state === "draining" && sessions === "finish";
const said = ({ state, epoch, run, sessions, movedTo }: Gate) => ({ state, epoch, run, sessions, movedTo });

/** Adds every session that has not ended and that the queue does not know: the queue may lose everything. */
export async function reconcile(db: WorkerServices["db"], queue: SessionQueue): Promise<void> {
  for (const job of await listUnfinished(db)) {
    if (!(await queue.holds(job))) await queue.add(job);
  }
}
