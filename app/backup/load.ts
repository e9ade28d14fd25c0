import { differences, fingerprint, type TableFingerprint } from "../db/fingerprint.ts";
import { nameOf, withClient } from "./connection.ts";
import type { Context, Manifest } from "./make.ts";
import type { Bytes } from "./objects.ts";
import { feed } from "./programs.ts";

/** How many tables and rows were found to be as they were backed up. */
export interface Compared {
  readonly tables: number;
  readonly rows: number;
}

/** An empty database, as who is to own what is in it. */
type Place = Pick<Context, "url" | "programs" | "signal">;

/**
 * Loads a backup into an empty database, and compares every table with the backup's manifest.
 *
 * @param context `url` is of the empty database, as who is to own what is in it.
 * @throws when the backup cannot be read, or is not what was backed up.
 */
export async function load(context: Context, name: string): Promise<Compared> {
  const manifest = await context.store.getManifest<Manifest>(name);
  await loadDump(context, await context.store.getDump(name));
  return compare(context.url, manifest.tables, `The backup ${name} is not what was backed up`);
}

export async function loadDump({ url, programs: directory, signal }: Place, dump: Bytes): Promise<void> {
  // Owners and rights are of the server that it comes from, and what replicates it was there.
  const foreign = ["--no-owner", "--no-acl", "--no-publications", "--no-subscriptions"];
  const options = ["--format=custom", "--exit-on-error", ...foreign, `--dbname=${nameOf(url)}`];
  await feed({ program: "pg_restore", options, url, directory, signal }, dump);
}

/** @throws when what is in the database is not what is expected. */
export async function compare(
  url: string,
  expected: readonly TableFingerprint[],
  problem: string,
): Promise<Compared> {
  const found = await withClient(url, async (client) => {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    return fingerprint(client);
  });
  const wrong = differences(expected, found);
  if (wrong.length > 0)
    throw new Error([`${problem}:`, ...wrong.slice(0, 20).map((line) => `- ${line}`)].join("\n"));
  return { tables: found.length, rows: rowsIn(found) };
}

const rowsIn = (tables: readonly TableFingerprint[]): number =>
  tables.reduce((sum, { rows }) => sum + rows, 0);
