import type { Manifest } from "./make.ts";
import { ForeignError } from "./objects.ts";
import { type BackupStore, type StoredBackup, timeOf } from "./store.ts";
import { positionAt, positionOf } from "./wal/segments.ts";

const day = 24 * 60 * 60 * 1000;

/** What may go: backups older than that, never the newest whole one, and what of an unfinished one is a day old. */
export function expired(all: readonly StoredBackup[], keepDays: number, now: Date): StoredBackup[] {
  const newest = all.findLast(({ isWhole }) => isWhole);
  const isOlder = (name: string, days: number) => timeOf(name).getTime() < now.getTime() - days * day;
  return all.filter(
    (each) =>
      each.name !== newest?.name && isOlder(each.name, each.isWhole ? keepDays : Math.min(1, keepDays)),
  );
}

/** Removes what has expired and was encrypted with our passphrase. @returns the names of what is gone. */
export async function prune(store: BackupStore, keepDays: number, now: Date): Promise<string[]> {
  const removed: string[] = [];
  for (const { name } of expired(await store.list(), keepDays, now)) {
    if (!(await store.isOurs(name))) continue;
    await store.remove(name);
    removed.push(name);
  }
  await pruneLog(store);
  await store.abortUploads(new Date(now.getTime() - day));
  return removed;
}

/** Removes what no backup needs of any server's log, and was encrypted with our passphrase. */
async function pruneLog({ wal, ...store }: BackupStore): Promise<void> {
  const oldest = await oldestNeeded(store);
  for (const [system, segments] of await wal.all()) {
    const from = oldest.get(system) ?? Infinity;
    const unneeded = segments.filter(({ name }) => positionOf(name) < from);
    const [first] = unneeded;
    if (first === undefined || !(await wal.isOurs(system, first.name))) continue;
    for (const { name } of unneeded) await wal.remove(system, name);
  }
}

/** For each server the position from which on its log is needed. @throws when that of a backup cannot be told. */
async function oldestNeeded(store: Omit<BackupStore, "wal">): Promise<Map<string, number>> {
  const oldest = new Map<string, number>();
  for (const { name, hasBase, isWhole } of await store.list()) {
    const base = hasBase && isWhole ? (await manifestOf(store, name))?.base : undefined;
    if (base === undefined) continue;
    oldest.set(base.system, Math.min(positionAt(base.from), oldest.get(base.system) ?? Infinity));
  }
  return oldest;
}

/** `undefined` for a backup of somebody else, who keeps a log of their own. */
async function manifestOf(store: Omit<BackupStore, "wal">, name: string): Promise<Manifest | undefined> {
  try {
    return await store.getManifest<Manifest>(name);
  } catch (error) {
    if (error instanceof ForeignError) return undefined;
    throw error;
  }
}
