/** How far an import has come, kept in the target beside what it has written. */
import type { Client } from "pg";
import { newId } from "../../../app/db/sqlite/identity.ts";
import type { Organization } from "../../../app/db/sqlite/rows.ts";
import { databaseName, tableNames } from "../../../app/db/sqlite/tables.ts";
import { beginning } from "./parts.ts";
import type { RowNumber } from "./reader.ts";

/** The target cannot take the import: why, and what to do, is for the operator to read. */
export class TargetRefused extends Error {
  override readonly name = "TargetRefused";
}

const schema = "import_sqlite";
/** `TFsq`: any number that no other advisory lock of the application uses. */
const lock = 0x54467371;

/** What makes two runs the same import. */
export interface Identity {
  /** Of the old database's file. */
  readonly file: string;
  /** Of the mapping. */
  readonly mapping: string;
  /** Name of the organization that is made for it. */
  readonly organization: string;
}

export interface Position {
  /** Number of a part; what comes before it is written. */
  readonly part: number;
  /** Its last row that is. */
  readonly row: RowNumber;
}

const start: Position = { part: 0, row: beginning };

export interface Ledger {
  readonly organization: Organization;
  readonly position: Position;
  /** Whether an earlier run has begun it. */
  readonly isResumed: boolean;
  /** Whether one has ended it: all is there, and nobody has told that run. */
  readonly isDone: boolean;
}

export const organizationId = (file: string): string => newId("organizations", file);

/**
 * Looks at the target, and changes nothing.
 *
 * @returns how far an earlier run has come, and if that was to the end; `undefined` where the target is empty.
 * @throws {TargetRefused} when it has no tables, is not empty, another import has begun in it, or one works on it now.
 */
export async function inspectTarget(client: Client, identity: Identity): Promise<Ledger | undefined> {
  if (!(await exists(client, "public.session_events")))
    throw new TargetRefused(
      "The database has no tables yet. Bring the stack up first: its role migrate makes them.",
    );
  const { rows } = await client.query<{ got: boolean }>("SELECT pg_try_advisory_lock($1) AS got", [lock]);
  if (!rows[0]!.got) throw new TargetRefused("Another import works on this database. Wait for its end.");
  if (await exists(client, `${schema}.run`)) return readLedger(client, identity);
  const done = await readDone(client, identity);
  if (done === undefined) await refuseContent(client);
  return done;
}

/** A run that ends takes its ledger away with it; of the file its organization's id tells. */
async function readDone(client: Client, { file }: Identity): Promise<Ledger | undefined> {
  const { rows } = await client.query<Organization>(
    `SELECT id, name, created_at AS "createdAt" FROM organizations WHERE id = $1`,
    [organizationId(file)],
  );
  const [organization] = rows;
  return organization && { organization, position: start, isResumed: true, isDone: true };
}

const exists = async (client: Client, table: string): Promise<boolean> =>
  (await client.query("SELECT to_regclass($1) AS found", [table])).rows[0].found !== null;

async function refuseContent(client: Client): Promise<void> {
  const found: string[] = [];
  for (const table of tableNames.map(databaseName)) {
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM "${table}"`);
    if (rows[0]!.count !== "0") found.push(`${rows[0]!.count} in ${table}`);
  }
  if (found.length === 0) return;
  throw new TargetRefused(
    `The database is not empty: ${found.join(", ")}. Import into a stack that nobody has used yet; on this machine name a new directory with TESTFARM_HOME.`,
  );
}

const anew = `To begin anew run: DROP SCHEMA ${schema} CASCADE; TRUNCATE organizations, users CASCADE;`;

async function readLedger(client: Client, identity: Identity): Promise<Ledger> {
  const { rows } = await client.query<
    Record<"file" | "mapping" | "organization" | "row", string> & { part: number; began_at: Date }
  >(`SELECT * FROM ${schema}.run`);
  const [run] = rows;
  const differing = {
    file: `of another file (its SHA-256 is ${run!.file})`,
    mapping: "by another mapping",
    organization: `for the organization ${JSON.stringify(run!.organization)}`,
  };
  for (const [name, words] of Object.entries(differing)) {
    if (run![name as keyof Identity] === identity[name as keyof Identity]) continue;
    throw new TargetRefused(`An import ${words} has begun in this database. Let it end as it began. ${anew}`);
  }
  const { organization: name, began_at: createdAt } = run!;
  return {
    organization: { id: organizationId(identity.file), name, createdAt },
    position: { part: run!.part, row: BigInt(run!.row) },
    isResumed: true,
    isDone: false,
  };
}

/** In the transaction that writes the organization. */
export async function beginLedger(
  client: Client,
  { file, mapping, organization }: Identity,
): Promise<Ledger> {
  await client.query(`CREATE SCHEMA ${schema}`);
  await client.query(
    `CREATE TABLE ${schema}.run (
      file text NOT NULL, mapping text NOT NULL, organization text NOT NULL,
      began_at timestamptz NOT NULL, part integer NOT NULL, row text NOT NULL)`,
  );
  const createdAt = new Date();
  await client.query(`INSERT INTO ${schema}.run VALUES ($1, $2, $3, $4, 0, $5)`, [
    file,
    mapping,
    organization,
    createdAt,
    String(beginning),
  ]);
  return {
    organization: { id: organizationId(file), name: organization, createdAt },
    position: start,
    isResumed: false,
    isDone: false,
  };
}

/** In the transaction that writes what leads there. */
export async function advanceLedger(client: Client, { part, row }: Position): Promise<void> {
  await client.query(`UPDATE ${schema}.run SET part = $1, row = $2`, [part, String(row)]);
}

export async function endLedger(client: Client): Promise<void> {
  await client.query(`DROP SCHEMA ${schema} CASCADE`);
}
