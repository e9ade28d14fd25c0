import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import { type Progress, PromotionError } from "../contract.ts";
import { type Status, status } from "./status.ts";
import type { Link } from "./subscription.ts";

/** Each look, until what is waited for is there. */
interface Waiting {
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly signal: AbortSignal;
  readonly report?: (progress: Progress) => void;
  /** Bytes of its log that a publisher may keep, the size of its database at the least. Default: 4 GB. */
  readonly mostLog?: number;
}

/** Of the log. A target that is so little behind is level within a moment once writing ends. */
const little = 1024 * 1024;

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** A change or a copy that fails so often is not in the way of something that passes, as a restart does. */
const tooMany = 3;

/**
 * Until every table has been copied and follows. A small lag says nothing of that: a table that cannot be copied is tried
 * again for ever while the others are level.
 *
 * @throws {PromotionError} when the subscription cannot go on.
 */
export async function waitReady(link: Link, waiting: Waiting): Promise<void> {
  await until(link, waiting, ({ tables }) => {
    const ready = tables.filter(({ state }) => state === "ready");
    waiting.report?.({ what: "tables", done: ready.length, of: tables.length });
    return isReady(tables);
  });
}

/**
 * Until the target has been level, but for a MB, for some time.
 *
 * @param settled milliseconds.
 * @throws {PromotionError} when the subscription cannot go on.
 */
export async function waitSettled(
  link: Link,
  waiting: Waiting & { readonly settled: number },
): Promise<void> {
  let since: number | undefined;
  await until(link, waiting, ({ tables, isConnected, slot }) => {
    const lag = slot?.lagBytes ?? Infinity;
    waiting.report?.({ what: "bytes behind", done: 0, of: lag });
    if (!isConnected || !isReady(tables) || lag >= little) since = undefined;
    else since ??= performance.now();
    return since !== undefined && performance.now() - since >= waiting.settled;
  });
}

/** Where the log ends that has everything in it that was committed before. Every byte up to there is on the disk. */
export async function endOfLog(publisher: ClientBase): Promise<string> {
  // A commit takes with it to the disk what others have not waited for.
  await publisher.query(heartbeat);
  const { rows } = await publisher.query<{ lsn: string }>("SELECT pg_current_wal_flush_lsn() AS lsn");
  return rows[0]!.lsn;
}

/**
 * Until everything up to a place in the log is on the subscriber's disk, of this subscription and no other.
 *
 * @param lsn as `endOfLog` told after the publisher was closed.
 * @throws {PromotionError} when the subscription cannot go on.
 */
export async function drainTo(link: Link, lsn: string, waiting: Waiting): Promise<void> {
  const { subscriber, publisher, name } = link;
  const hasArrived = async () => {
    // What is applied reaches the disk with the next commit, which would else be the server's own some 200 ms later, and it
    // is told with the next news from a publisher that nobody writes to any more.
    await subscriber.query(heartbeat);
    await publisher.query(heartbeat);
    const { rows } = await publisher.query<{ hasArrived: boolean }>(
      `SELECT confirmed_flush_lsn >= $2::pg_lsn AS "hasArrived" FROM pg_replication_slots WHERE slot_name = $1`,
      [name, lsn],
    );
    return rows[0]?.hasArrived === true;
  };
  await until(link, waiting, async ({ tables }) => isReady(tables) && hasArrived());
}

/** Goes through the log and reaches no table: https://www.postgresql.org/docs/17/functions-admin.html */
const heartbeat = "SELECT pg_logical_emit_message(true, 'testfarm.promotion', '')";

const isReady = (tables: Status["tables"]): boolean =>
  tables.length > 0 && tables.every(({ state }) => state === "ready");

async function until(
  link: Link,
  { interval, signal, mostLog = 4e9 }: Waiting,
  isThere: (status: Status) => boolean | Promise<boolean>,
): Promise<void> {
  let first: Status | undefined;
  for (;;) {
    signal.throwIfAborted();
    const found = await status(link);
    first ??= found;
    if (found === undefined || first === undefined)
      throw new PromotionError(
        `There is no subscription ${link.name} on the subscriber any more. Undo, then begin again.`,
      );
    refuseBroken(link.name, first, found, mostLog);
    if (await isThere(found)) return;
    await sleep(interval, undefined, { signal });
  }
}

function refuseBroken(
  name: string,
  first: Status,
  { isEnabled, slot, ...now }: Status,
  mostLog: number,
): void {
  const broken = (why: string) => new PromotionError(`Subscription ${name} cannot go on: ${why}`);
  if (!isEnabled) throw broken("somebody has disabled it. Resume, which enables it again, or undo.");
  if (slot === undefined || slot.walStatus === "lost")
    throw broken(
      `the publisher ${slot ? "has removed log that it had not read (max_slot_wal_keep_size)" : "has no slot for it any more"}, and changes are lost. Undo, then begin again.`,
    );
  if (slot.retainedBytes > Math.max(mostLog, slot.databaseBytes))
    throw broken(
      `the publisher keeps ${gigabytes(slot.retainedBytes)} of its log for it, more than its database of ${gigabytes(slot.databaseBytes)}, and more comes than the subscriber takes. Its disk would be full one day: roll back, which lets it go, and begin again when less is written, or OFFLINE.`,
    );
  const failures = now.applyErrors + now.copyErrors - first.applyErrors - first.copyErrors;
  if (failures < tooMany) return;
  const waiting = now.tables.filter(({ state }) => state !== "ready").map(({ table }) => table);
  throw broken(
    `its changes or copies have failed ${failures} times${waiting.length > 0 ? `, with ${waiting.join(", ")} not copied yet` : ""}. The log of the subscriber's server says why; mend that and resume, or undo.`,
  );
}
