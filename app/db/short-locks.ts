import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";

/**
 * Milliseconds that a try waits for a lock. Whoever comes after it to the same table waits too, so they are few. Most are
 * less than `deadlock_timeout`, so that no writer is ever ended for a deadlock with this; the longer one outlasts it,
 * because only after it an automatic vacuum is ended that is in the way.
 */
const waits = [400, 400, 400, 1_500];
const pause = 150;

/** https://www.postgresql.org/docs/17/errcodes-appendix.html: `lock_not_available`, `deadlock_detected`. */
const isInTheWay = (error: unknown) => ["55P03", "40P01"].includes((error as { code?: string }).code ?? "");

/**
 * Does something in a transaction that locks what others use, and again from the beginning until it gets every lock.
 *
 * @param tries default: 20, about a quarter of a minute.
 * @returns `undefined` when somebody kept a lock all that time; nothing has been done then.
 */
export async function withShortLocks<T>(
  client: ClientBase,
  work: () => Promise<T>,
  tries = 20,
): Promise<T | undefined> {
  for (let n = 0; n < tries; n++) {
    await client.query("BEGIN");
    try {
      await client.query(`SET LOCAL lock_timeout = ${waits[n % waits.length]}`);
      const done = await work();
      await client.query("COMMIT");
      return done;
    } catch (error) {
      // Where the connection is gone, so is the transaction, and the error says why.
      await client.query("ROLLBACK").catch(() => undefined);
      if (!isInTheWay(error)) throw error;
      await sleep(pause);
    }
  }
  return undefined;
}
