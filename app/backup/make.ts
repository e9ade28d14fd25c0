import type { Client } from "pg";
import { fingerprint, type TableFingerprint } from "../db/fingerprint.ts";
import { outputOf } from "./programs.ts";
import { type BackupStore, nameAt } from "./store.ts";

/** What the tasks of the role share. */
export interface Context {
  /** The database that is backed up, as the account `backup`. */
  readonly url: string;
  readonly store: BackupStore;
  /** Directory of PostgreSQL's programs. Default: they are looked for as the system does. */
  readonly programs?: string | undefined;
  /** Ends what runs. */
  readonly signal?: AbortSignal | undefined;
}

/** What is known of a backup when its dump is there. */
export interface Manifest {
  readonly seconds: number;
  /** Size of the encrypted dump. */
  readonly bytes: number;
  /** What was in the database in the moment of the dump. */
  readonly tables: readonly TableFingerprint[];
}

/**
 * Backs up the database as it is in one moment, while others write to it. Dump and manifest see the same snapshot; the
 * dump goes encrypted into the bucket while it is made, and the manifest follows it: a backup without one is none.
 *
 * @param client a connection to the database, in no transaction.
 * @param now when it is begun, which names it.
 */
export async function makeBackup(
  { url, store, programs: directory, signal }: Context,
  client: Client,
  now: Date,
): Promise<Manifest & { readonly name: string }> {
  const name = nameAt(now);
  const started = performance.now();
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    const { rows } = await client.query<{ snapshot: string }>("SELECT pg_export_snapshot() AS snapshot");
    const options = ["--format=custom", "--lock-wait-timeout=60s", `--snapshot=${rows[0]!.snapshot}`];
    const bytes = await store.putDump(
      name,
      outputOf({ program: "pg_dump", options, url, directory, signal }),
    );
    const tables = await fingerprint(client);
    const seconds = (performance.now() - started) / 1000;
    const manifest: Manifest = { seconds, bytes, tables };
    await store.putManifest(name, manifest);
    return { name, ...manifest };
  } finally {
    await client.query("ROLLBACK");
  }
}
