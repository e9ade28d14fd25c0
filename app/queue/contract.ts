/**
 * One session to run. PostgreSQL owns the session, the queue is disposable: a session that was cancelled or deleted
 * stays in the queue until its turn comes, and then there is nothing to do.
 */
export interface SessionJob {
  readonly orgId: string;
  readonly sessionId: string;
}

export interface QueueDepth {
  readonly waiting: number;
  /** Until another try. */
  readonly delayed: number;
  readonly active: number;
}

export interface SessionQueue {
  /** Adds a session. A session that the queue already holds is not added again. */
  add(job: SessionJob): Promise<void>;
  /** Whether the session waits, runs or awaits another try. */
  holds(job: SessionJob): Promise<boolean>;
  /** @throws when the queue cannot be reached at this moment. */
  check(): Promise<void>;
  /** How many sessions it holds, by what they are there for. @throws when it cannot be reached at this moment. */
  depth(): Promise<QueueDepth>;
  consume(handlers: Handlers, options: { readonly concurrency: number }): Promise<Consumer>;
  close(): Promise<void>;
}

export interface Handlers {
  /**
   * Runs a session. When it rejects the queue tries again, 3 times in all, 5 s after the first failure and longer after
   * each further one; when it rejects with `HandOver` the session goes back into the queue and the try does not count. A
   * worker that dies does not count as a failure either: another one takes its session over within 15 s, 5 times in all.
   *
   * @param signal aborts when this consumer closes: finish or hand over.
   */
  run(job: SessionJob, signal: AbortSignal): Promise<void>;
  /** Called once when the queue will not try a session again. */
  giveUp(job: SessionJob, error: Error): Promise<void>;
}

export interface Consumer {
  /** Takes no more sessions until it resumes; the running ones go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /**
   * Takes no more sessions, aborts the running ones and waits for them, and then for the queue to note it; a queue that
   * cannot be reached is left after 5 s.
   */
  close(): Promise<void>;
}

/** Rejected with by `run` when this worker cannot go on but another one can. */
export class HandOver extends Error {
  override readonly name = "HandOver";
}
