import type { Client } from "pg";
import { positionAt } from "./segments.ts";

/** By which the server knows how far its log has been received, and keeps the rest, up to `max_slot_wal_keep_size`. */
export const slotName = "testfarm_backup";

/** From where on the server has its log. */
export interface Slot {
  /** Identifier of the server. */
  readonly system: string;
  /** Position of the first segment that it gives; later ones follow without a hole. */
  readonly next: number;
  /** Whether the slot was made anew, so that what was received before may not lead up to it. */
  readonly isNew: boolean;
}

interface Row {
  readonly location: string;
  readonly isLost: boolean;
  readonly user: number | null;
}

/**
 * Finds the slot, or makes it: where there is none, or the server has given up on it since nobody came for too long. Who
 * uses it is a process that was killed, and is ended: the caller has the lock.
 *
 * @param client as an account that may replicate.
 */
export async function ensureSlot(client: Client): Promise<Slot> {
  const { rows: settings } = await client.query<{ system: string; size: string }>(
    `SELECT system_identifier::text AS system, current_setting('wal_segment_size') AS size FROM pg_control_system()`,
  );
  const { system, size } = settings[0]!;
  if (size !== "16MB")
    throw new Error(
      `The server's log is in segments of ${size} (wal_segment_size), and only 16MB is supported: make its data directory anew with initdb --wal-segsize=16.`,
    );
  const found = await find(client);
  if (found !== undefined && !found.isLost) {
    if (found.user !== null) await client.query("SELECT pg_terminate_backend($1)", [found.user]);
    return { system, next: positionAt(found.location), isNew: false };
  }
  if (found) await client.query("SELECT pg_drop_replication_slot($1)", [slotName]);
  // From this moment on the log is kept, and not from the first connection.
  await client.query("SELECT pg_create_physical_replication_slot($1, true)", [slotName]);
  return { system, next: positionAt((await find(client))!.location), isNew: true };
}

async function find(client: Client): Promise<Row | undefined> {
  const { rows } = await client.query<Row>(
    `SELECT restart_lsn AS location, wal_status = 'lost' AS "isLost", active_pid AS user
     FROM pg_replication_slots WHERE slot_name = $1`,
    [slotName],
  );
  return rows[0];
}
