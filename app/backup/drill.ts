import type { Client } from "pg";
import { databaseAt, nameOf } from "./connection.ts";
import { createBeside, drop, dropLeftovers } from "./databases.ts";
import { type Compared, load } from "./load.ts";
import type { Context } from "./make.ts";

/** What a drill that went well has found. */
export interface Drilled extends Compared {
  /** The backup. */
  readonly name: string;
  /** When it was begun. */
  readonly at: string;
  readonly seconds: number;
}

/**
 * Restores the newest backup into a scratch database, compares it with what was backed up, and drops it.
 *
 * @param client a connection to the database, in no transaction.
 * @throws when there is no backup, or the newest one could not be restored as it was.
 */
export async function drill(context: Context, client: Client, now: Date): Promise<Drilled> {
  const newest = (await context.store.list()).findLast(({ isWhole }) => isWhole);
  if (newest === undefined) throw new Error("There is no backup in the bucket that could be restored.");
  const { name } = newest;
  const started = performance.now();
  const database = nameOf(context.url);
  await dropLeftovers(client, database, "drill");
  const scratch = await createBeside(client, database, "drill");
  try {
    const compared = await load({ ...context, url: databaseAt(context.url, scratch) }, name);
    const seconds = (performance.now() - started) / 1000;
    return { name, ...compared, seconds, at: now.toISOString() };
  } finally {
    await drop(client, scratch);
  }
}
