import type { ClientBase } from "pg";
import { withShortLocks } from "./short-locks.ts";

/** Whether the installation takes writes. A promotion closes it while its data moves, and for good once it has moved. */
export interface Gate {
  /** Goes up each time that a promotion opens a side. */
  readonly epoch: number;
  /**
   * `draining`: everything is written as ever, and no session is taken. What has opened by itself is `open`.
   */
  readonly state: "open" | "draining" | "closed";
  /** The promotion that has closed it, or has opened it last. */
  readonly run: string | null;
  /** What becomes of sessions that run while it is not open. */
  readonly sessions: "hand-over" | "finish" | null;
  /** What the API does with requests that write while it is closed. */
  readonly answer: "hold" | "refuse" | null;
  /** Milliseconds until it opens by itself. 0: it is open. `Infinity`: it is closed for good. */
  readonly left: number;
  /** Where the installation is served now. */
  readonly movedTo: string | null;
  /** Whether it has opened by itself and nobody has tidied up since. */
  readonly hasLapsed: boolean;
}

/** What a write is answered while the gate is closed: `promotion.refuse_writes` of the migrations. */
const refused = "TF001";

/** Whether something failed because the gate is closed. */
export function isRefused(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause)
    if ((each as { code?: unknown }).code === refused) return true;
  return false;
}

/** The trigger that refuses them, the same on every table. */
export const fence = "promotion_fence";

/** By the server's clock, which is also the one that opens it. */
const gate = `
  SELECT epoch, run, sessions, answer, moved_to AS "movedTo", lapsed AS "hasLapsed",
    CASE WHEN lapsed THEN 'open' ELSE state END AS state,
    CASE WHEN state = 'open' OR lapsed THEN 0
      WHEN isfinite(until) THEN extract(epoch FROM until - now)::float8 * 1000
      ELSE 'infinity' END AS left
  FROM promotion.gate, clock_timestamp() AS now,
    LATERAL (SELECT state <> 'open' AND until <= now AS lapsed) AS found`;

type Ask = <Row extends object>(statement: string) => Promise<Row[]>;

/**
 * @param from a connection, or what asks the database in another way.
 * @throws when the database is not migrated.
 */
export async function readGate(from: Pick<ClientBase, "query"> | Ask): Promise<Gate> {
  const rows = typeof from === "function" ? await from<Gate>(gate) : (await from.query<Gate>(gate)).rows;
  return rows[0]!;
}

/** Until the end of the transaction nobody writes to a table that has the fence; who only looks at the gate may. */
export const lockGate = "LOCK TABLE promotion.gate IN EXCLUSIVE MODE";

/** Of each table: a backup has all of them for as long as it takes, and people wait behind every try. */
const tidyTries = 2;

/**
 * Takes away what refuses writes where the gate is open, or has opened by itself: it costs a look at the gate with each
 * write. Whoever reads a table for long, as a backup does, keeps it there; it then lets everything pass.
 *
 * @param client as the owner.
 */
export async function tidyGate(client: ClientBase): Promise<void> {
  if ((await readGate(client)).hasLapsed)
    await withShortLocks(client, async () => {
      await client.query(lockGate);
      await client.query(
        "UPDATE promotion.gate SET state = 'open', until = NULL WHERE state <> 'open' AND until <= clock_timestamp()",
      );
    });
  // One at a time, and before the gate, as who writes has them: nobody gets into a deadlock with this.
  for (const table of await fencedTables(client))
    await withShortLocks(
      client,
      async () => {
        await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
        const { rows } = await client.query("SELECT FROM promotion.gate WHERE state = 'open' FOR SHARE");
        if (rows.length > 0) await client.query(`DROP TRIGGER IF EXISTS ${fence} ON ${table}`);
      },
      tidyTries,
    );
}

/** Those whose writes look at the gate. */
export async function fencedTables(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ quoted: string }>(
    `SELECT format('%I.%I', nspname, relname) AS quoted
     FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE tgfoid = 'promotion.refuse_writes'::regproc ORDER BY relname COLLATE "C"`,
  );
  return rows.map(({ quoted }) => quoted);
}

/**
 * Opens what was restored from a backup, and ends the promotion that was under way when it was made: that one knows nothing
 * of it, and nobody is to go on with it from here. Does nothing where the backup is older than the gate.
 *
 * @param client as the owner.
 */
export async function openRestored(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ isThere: boolean }>(
    `SELECT to_regclass('promotion.gate') IS NOT NULL AS "isThere"`,
  );
  if (!rows[0]!.isThere) return;
  await client.query("UPDATE promotion.gate SET state = 'open', until = NULL, moved_to = NULL");
  await tidyGate(client);
  const runs = await client.query("SELECT WHERE to_regclass('promotion.runs') IS NOT NULL");
  if (runs.rowCount === 1)
    await client.query("UPDATE promotion.runs SET status = 'rolled-back' WHERE status = 'running'");
}
