import { setTimeout as sleep } from "node:timers/promises";
import { hostname } from "node:os";
import type { ClientBase } from "pg";
import { PromotionError } from "../contract.ts";

/** `TFpr`: any number that no other advisory lock of the application uses. */
const lock = [0x54_46_70_72, 1] as const;

/** By which others see who has the lock; 63 characters are what PostgreSQL keeps. */
export const runnerName = (): string => `testfarm promotion ${process.pid}@${hostname()}`.slice(0, 63);

interface Holder {
  readonly pid: number;
  readonly name: string;
  readonly since: Date;
}

/**
 * Makes this connection's process the one runner of the installation, for as long as the connection lives. A runner that
 * was killed a moment ago may still seem to have the lock: `patience` is how long it is waited for, in milliseconds.
 *
 * @throws {PromotionError} that says who has it.
 */
export async function takeLock(client: ClientBase, patience = 5_000): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await tryLock(client))) {
    if (Date.now() >= deadline) throw new PromotionError(await taken(client));
    await sleep(100);
  }
}

async function tryLock(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ isOurs: boolean }>(
    'SELECT pg_try_advisory_lock($1, $2) AS "isOurs"',
    [...lock],
  );
  return rows[0]!.isOurs;
}

/** Who is the runner now; `undefined` when nobody is. */
export async function findRunner(client: Pick<ClientBase, "query">): Promise<Holder | undefined> {
  const { rows } = await client.query<Holder>(
    `SELECT activity.pid, activity.application_name AS name, activity.backend_start AS since
     FROM pg_locks JOIN pg_stat_activity activity USING (pid)
     WHERE locktype = 'advisory' AND classid::bigint = $1 AND objid::bigint = $2 AND objsubid = 2 AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [...lock],
  );
  return rows[0];
}

async function taken(client: ClientBase): Promise<string> {
  const holder = await findRunner(client);
  const who = holder
    ? `"${holder.name}" (process ${holder.pid} of the server) since ${holder.since.toISOString()}`
    : "somebody who has just ended";
  return (
    `Another process works at a promotion of this installation: ${who}. Wait for it, or end it and try again; ` +
    `if its machine is gone, SELECT pg_terminate_backend(${holder?.pid ?? "pid"}) on the source ends its connection.`
  );
}
