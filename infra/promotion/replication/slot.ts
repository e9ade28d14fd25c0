import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import { PromotionError } from "../contract.ts";
import { isOurs } from "./names.ts";

/** Where a subscription has got to, and the log that a server keeps for it. */
export interface Slot {
  readonly name: string;
  /** Process that serves it; `null`: nobody reads. */
  readonly pid: number | null;
  /** `reserved`, `extended`, `unreserved`; `lost`: log that it needs is gone, and so is the subscription. */
  readonly walStatus: string | null;
  /** Bytes of the log that are not yet confirmed to be on the subscriber's disk. */
  readonly lagBytes: number;
  /** Bytes of the log that are kept for it. */
  readonly retainedBytes: number;
  /** Of the database, on the disk. */
  readonly databaseBytes: number;
}

/** Between two tries to drop a slot whose process is ending, in milliseconds, and how many. */
const pause = 100;
const tries = 150;

/** https://www.postgresql.org/docs/17/errcodes-appendix.html */
const [inUse, isGone] = ["55006", "42704"];

const slots = `
  SELECT slot_name AS name, active_pid AS pid, wal_status AS "walStatus",
    coalesce(pg_current_wal_lsn() - confirmed_flush_lsn, 0)::float8 AS "lagBytes",
    coalesce(pg_current_wal_lsn() - restart_lsn, 0)::float8 AS "retainedBytes",
    pg_database_size(current_database())::float8 AS "databaseBytes"
  FROM pg_replication_slots WHERE slot_type = 'logical' AND database = current_database()`;

export async function findSlot(publisher: ClientBase, name: string): Promise<Slot | undefined> {
  return (await publisher.query<Slot>(`${slots} AND slot_name = $1`, [name])).rows[0];
}

/** One that begins now; an earlier one of the name goes. Waits for transactions in flight. */
export async function createSlot(publisher: ClientBase, name: string): Promise<void> {
  await dropSlot(publisher, name);
  await publisher.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [name]);
}

/** Does nothing where there is none of that name. Ends the process that serves it. */
export async function dropSlot(publisher: ClientBase, name: string): Promise<void> {
  for (let n = 0; n < tries; n++) {
    const slot = await findSlot(publisher, name);
    if (slot === undefined) return;
    if (slot.pid !== null) await publisher.query("SELECT pg_terminate_backend($1)", [slot.pid]);
    try {
      await publisher.query("SELECT pg_drop_replication_slot($1)", [name]);
      return;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === isGone) return;
      if (code !== inUse) throw error;
      await sleep(pause);
    }
  }
  throw new PromotionError(
    `Slot ${name} stays in use. End whoever reads it (SELECT active_pid FROM pg_replication_slots), then resume.`,
  );
}

/** The one of a promotion, whether or not somebody reads it. */
export async function findOwnSlot(client: ClientBase): Promise<Slot | undefined> {
  return (await client.query<Slot>(slots)).rows.find(({ name }) => isOurs(name));
}

/**
 * Slots of promotions that nobody reads, and those of their first copies: each keeps the log from being removed, until the
 * disk is full. One whose subscriber is away for a moment is among them.
 */
export async function orphanedSlots(client: ClientBase): Promise<Slot[]> {
  const { rows } = await client.query<Slot>(`${slots} AND NOT active ORDER BY slot_name`);
  return rows.filter(({ name }) => isOurs(name) || copies.test(name));
}

/** https://www.postgresql.org/docs/17/logical-replication-subscription.html#LOGICAL-REPLICATION-SUBSCRIPTION-SLOT */
const copies = /^pg_\d+_sync_\d+_\d+$/;

/** Those that a subscriber has left by whose tables were being copied when it went. */
export async function dropCopySlots(publisher: ClientBase, subscriberId: string): Promise<void> {
  const left = (await orphanedSlots(publisher)).filter(
    ({ name }) => copies.test(name) && name.endsWith(`_${subscriberId}`),
  );
  for (const { name } of left) await dropSlot(publisher, name);
}
