import type { Client } from "pg";
import type { TableFingerprint } from "../db/fingerprint.ts";
import { dump } from "./dump.ts";
import { type BackupStore, nameAt } from "./store.ts";
import { type Base, makeBase } from "./wal/base.ts";

/** What the tasks of the role share. */
export interface Context {
  /** The database that is backed up, as the account `backup`. */
  readonly url: string;
  readonly store: BackupStore;
  /** Directory of PostgreSQL's programs. Default: they are looked for as the system does. */
  readonly programs?: string | undefined;
  /** Whether a copy of the server's files is part of a backup, from which its log leads to later moments. Default: not. */
  readonly pointInTime?: boolean | undefined;
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
  /** Absent: there is no copy of the server's files. */
  readonly base?: Base;
}

/**
 * Backs up the database as it is in one moment, while others write to it. The dump goes encrypted into the bucket while it
 * is made, and the manifest follows it: a backup without one is none. A dump counts whatever becomes of the copy of the
 * server's files that follows.
 *
 * @param client a connection to the database, in no transaction.
 * @param now when it is begun, which names it.
 */
export async function makeBackup(
  context: Context,
  client: Client,
  now: Date,
): Promise<Manifest & { readonly name: string }> {
  const { store } = context;
  const name = nameAt(now);
  const started = performance.now();
  const { taken: bytes, tables } = await dump(context, client, (made) => store.putDump(name, made));
  const note = async (base?: Base) => {
    const seconds = (performance.now() - started) / 1000;
    const manifest: Manifest = { seconds, bytes, tables, ...(base && { base }) };
    await store.putManifest(name, manifest);
    return { name, ...manifest };
  };
  const made = await note();
  return context.pointInTime ? note(await makeBase(context, client, name)) : made;
}
