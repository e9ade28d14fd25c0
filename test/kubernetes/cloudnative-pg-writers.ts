import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";

export interface Written {
  /** Ids of the rows that the database has said it has, in this order, and when it did. */
  readonly acknowledged: readonly { readonly id: number; readonly at: number }[];
  readonly failed: number;
}

interface Writing {
  readonly soFar: Written;
  /** Ends when what is under way is acknowledged or has failed. */
  readonly stop: () => Promise<Written>;
}

const lanes = 10;

/**
 * Inserts rows with ids of their own into the table `writes` as often as asked for, by ten connections at most. What fails is
 * not tried again: nobody knows whether it is there. A connection that does not answer within 2 seconds is given up for a
 * new one.
 *
 * @param nextId never gives the same twice.
 */
export function keepWriting(url: string, perSecond: number, nextId: () => number): Writing {
  const patience = 2000;
  const pool = new Pool({
    connectionString: url,
    max: lanes,
    query_timeout: patience,
    connectionTimeoutMillis: patience,
  });
  // What breaks while nobody uses it the pool leaves out by itself.
  pool.on("error", () => undefined);
  const written = { acknowledged: [] as { id: number; at: number }[], failed: 0 };
  const over = new AbortController();
  const lane = async () => {
    const pause = (lanes / perSecond) * 1000;
    for (let due = performance.now(); !over.signal.aborted; due += pause) {
      const id = nextId();
      await pool.query("INSERT INTO writes (id) VALUES ($1)", [id]).then(
        () => written.acknowledged.push({ id, at: performance.now() }),
        () => written.failed++,
      );
      const now = performance.now();
      // What an outage has kept it from it does not make up for.
      due = Math.max(due, now - pause);
      await sleep(due + pause - now);
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, lane));
  return {
    soFar: written,
    async stop() {
      over.abort();
      await running;
      await pool.end();
      return written;
    },
  };
}

/** The longest time without an acknowledgement, in ms, and when it was over. */
export function longestGap(acknowledged: Written["acknowledged"]): {
  readonly length: number;
  readonly end: number;
} {
  return acknowledged.slice(1).reduce(
    (longest, { at }, index) => {
      const length = at - acknowledged[index]!.at;
      return length > longest.length ? { length, end: at } : longest;
    },
    { length: 0, end: 0 },
  );
}
