import { parseArgs } from "node:util";
import type { Client } from "pg";
import { openRestored } from "../db/gate.ts";
import { migrate } from "../db/migrate.ts";
import type { Env } from "../env.ts";
import { databaseAt, nameOf, withClient, withLock } from "./connection.ts";
import { createBeside, drop, dropLeftovers } from "./databases.ts";
import { type Compared, load } from "./load.ts";
import { storeOf } from "./settings.ts";
import { type BackupStore, nameAt } from "./store.ts";
import { rename, type Renaming } from "./swap.ts";
import { parseMoment, wayTo } from "./wal/moment.ts";
import { prepareServer } from "./wal/prepare.ts";
import { copyRecovered, noteIn } from "./wal/recovered.ts";

/** `TFrs`: any number that no other advisory lock of the application uses. */
export const lock = 0x54467273;

const usage = `Usage: restore latest | <backup> | --list | --back <database> | --drop <database>
       restore --at <time> --into <directory>, then --from <directory>
  latest, <backup>   restores a backup; the database that is served until then is kept under another name
  --list             lists the backups
  --back <database>  serves a database again that was kept, and keeps the one that is served until then
  --drop <database>  drops a database that was kept
  --at <time>        makes a data directory of PostgreSQL as it was then, such as 2026-11-25T10:15:00Z, in an empty directory
  --from <directory> restores what a server is that runs on it: postgres -D <directory>/data`;

interface Restoring {
  /** The database that is served, as its owner. */
  readonly url: string;
  readonly store: BackupStore;
  readonly programs?: string | undefined;
  /** Tells the operator. */
  readonly say: (line: string) => void;
}

class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The role `restore`: does what its arguments say, once. */
export async function restore(env: Env<"restore">, args: readonly string[]): Promise<void> {
  const store = storeOf(env);
  const url = env.DATABASE_ADMIN_URL;
  try {
    await runRestore({ url, store, programs: env.POSTGRES_PROGRAMS, say: console.log }, args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  } finally {
    store.close();
  }
}

/** @throws {UsageError} when the arguments say nothing that could be done. */
export async function runRestore(restoring: Restoring, args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args);
  const { at, into, from } = values;
  const wishes = [...positionals, values.list, values.back, values.drop, at, from].filter(Boolean);
  if (wishes.length !== 1 || (at === undefined) !== (into === undefined)) throw new UsageError(usage);
  if (values.list) return list(restoring);
  if (at !== undefined) return prepare(restoring, at, into!);
  await alone(restoring, async (client) => {
    if (values.back !== undefined) await goBack(restoring, client, values.back);
    else if (values.drop !== undefined) await dropKept(restoring, client, values.drop);
    else if (from !== undefined) await restoreMoment(restoring, client, from);
    else await restoreBackup(restoring, client, positionals[0]!);
  });
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        list: { type: "boolean" },
        back: { type: "string" },
        drop: { type: "string" },
        at: { type: "string" },
        into: { type: "string" },
        from: { type: "string" },
      },
    });
  } catch (cause) {
    throw new UsageError(usage, { cause });
  }
}

async function list({ store, say }: Restoring): Promise<void> {
  const whole = (await store.list()).filter(({ isWhole }) => isWhole);
  for (const { name, bytes } of whole) say(`${name}  ${bytes} bytes`);
  if (whole.length === 0) say("There is no backup in the bucket.");
}

/** From another database of the server: one that is renamed has no connections. */
async function alone({ url }: Restoring, work: (client: Client) => Promise<void>): Promise<void> {
  const isDone = await withLock(databaseAt(url, "postgres"), lock, async (client) => {
    await work(client);
    return true;
  });
  if (!isDone) throw new Error("Another restore is under way on this server; wait until it has ended.");
}

async function restoreBackup(restoring: Restoring, client: Client, wish: string): Promise<void> {
  const { store, programs } = restoring;
  const name = await choose(store, wish);
  await replace(restoring, client, name, (url) => load({ url, store, programs }, name));
}

async function prepare({ store, say }: Restoring, at: string, into: string): Promise<void> {
  const way = await wayTo(store, parseMoment(at, new Date()));
  say(`Fetching the backup ${way.name} and ${way.segments.length} segments of the database's log.`);
  await prepareServer(store, way, at, into);
}

async function restoreMoment(restoring: Restoring, client: Client, from: string): Promise<void> {
  const { url, programs } = restoring;
  const { at } = await noteIn(from);
  await replace(restoring, client, at, (place) => copyRecovered(from, nameOf(url), { url: place, programs }));
}

/**
 * Puts what fills an empty database in the place of the one that is served. Until the last step, which happens at once or
 * not at all, that one is left alone.
 */
async function replace(
  restoring: Restoring,
  client: Client,
  what: string,
  fill: (url: string) => Promise<Compared>,
): Promise<void> {
  const { url, say } = restoring;
  const served = nameOf(url);
  await dropLeftovers(client, served, "restore");
  const fresh = await createBeside(client, served, "restore");
  try {
    const place = databaseAt(url, fresh);
    say(`Restoring ${what} beside ${served}, which is served meanwhile.`);
    const { tables, rows } = await fill(place);
    say(`${tables} tables with ${rows} rows are as they were.`);
    // It may have been made in the course of a promotion.
    await withClient(place, openRestored);
    await migrate(place);
    await copyRights(client, served, fresh);
    // A dump holds no statistics, without which the first queries would be slow.
    await withClient(place, (connected) => connected.query("ANALYZE"));
    await serve(restoring, client, fresh);
  } catch (error) {
    await drop(client, fresh);
    throw error;
  }
}

async function choose(store: BackupStore, wish: string): Promise<string> {
  const whole = (await store.list()).filter(({ isWhole }) => isWhole).map(({ name }) => name);
  const found = wish === "latest" ? whole.at(-1) : whole.find((name) => name === wish);
  if (found !== undefined) return found;
  if (whole.length === 0) throw new Error("There is no backup in the bucket.");
  throw new Error(`There is no backup ${JSON.stringify(wish)}; there is ${whole.slice(-10).join(", ")}.`);
}

/** Who may enter the one may enter the other. */
async function copyRights(client: Client, from: string, to: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('GRANT %s ON DATABASE %I TO %s', privilege_type, $2::text,
       CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END) AS statement
     FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
     WHERE datname = $1 AND grantee <> datdba`,
    [from, to],
  );
  for (const { statement } of rows) await client.query(statement);
}

/** Puts a database in the place of the one that is served, if there is one, and says how to undo it. */
async function serve({ url, say }: Restoring, client: Client, fresh: string): Promise<void> {
  const served = nameOf(url);
  const old = `${served}_kept_${nameAt(new Date()).replaceAll(/\W/g, "").toLowerCase()}`;
  const before: Renaming[] = (await exists(client, served)) ? [[served, old]] : [];
  await rename(databaseAt(url, "postgres"), [...before, [fresh, served]]);
  say(`${served} is now what was ${fresh}.`);
  if (before.length === 0) return;
  say(`The database before it is kept as ${old}:`);
  say(`  to serve it again:  --back ${old}`);
  say(`  to drop it:         --drop ${old}`);
}

async function goBack(restoring: Restoring, client: Client, kept: string): Promise<void> {
  await checkKept(restoring, client, kept);
  await migrate(databaseAt(restoring.url, kept));
  await serve(restoring, client, kept);
}

async function dropKept(restoring: Restoring, client: Client, kept: string): Promise<void> {
  await checkKept(restoring, client, kept);
  await drop(client, kept);
  restoring.say(`${kept} is gone.`);
}

async function checkKept({ url }: Restoring, client: Client, name: string): Promise<void> {
  const prefix = `${nameOf(url)}_kept_`;
  if (name.startsWith(prefix) && (await exists(client, name))) return;
  const { rows } = await client.query<{ datname: string }>(
    "SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY datname",
    [prefix],
  );
  const kept = rows.map(({ datname }) => datname);
  throw new Error(
    `${JSON.stringify(name)} is no database that was kept; there is ${kept.join(", ") || "none"}.`,
  );
}

async function exists(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
  return rows.length > 0;
}
