import { type BackupStore, type StoredBackup, timeOf } from "./store.ts";

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
  await store.abortUploads(new Date(now.getTime() - day));
  return removed;
}
