import type { Client } from "pg";
import { fingerprint, type TableFingerprint } from "../db/fingerprint.ts";
import type { Bytes } from "./objects.ts";
import { outputOf } from "./programs.ts";

interface Source {
  /** The database that is dumped. */
  readonly url: string;
  readonly programs?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What has become of a dump, and what was in the database in its moment. */
interface Dumped<T> {
  readonly taken: T;
  readonly tables: readonly TableFingerprint[];
}

/**
 * Dumps a database as it is in one moment, while others write to it: dump and fingerprints see the same snapshot.
 *
 * @param client a connection to the database, in no transaction.
 * @param take reads the dump while it is made.
 */
export async function dump<T>(
  { url, programs: directory, signal }: Source,
  client: Client,
  take: (dump: Bytes) => Promise<T>,
): Promise<Dumped<T>> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    const { rows } = await client.query<{ snapshot: string }>("SELECT pg_export_snapshot() AS snapshot");
    const options = ["--format=custom", "--lock-wait-timeout=60s", `--snapshot=${rows[0]!.snapshot}`];
    const taken = await take(outputOf({ program: "pg_dump", options, url, directory, signal }));
    return { taken, tables: await fingerprint(client) };
  } finally {
    await client.query("ROLLBACK");
  }
}
