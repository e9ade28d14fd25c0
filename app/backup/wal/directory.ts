/** The directory in which segments wait that are on their way from the server into the bucket. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** A segment or a timeline's history that has been received to its end. */
const whole = /^([0-9A-F]{24}|[0-9A-F]{8}\.history)\.gz$/;

/** Names of what waits, without the ending of its file, the oldest first. */
export async function waitingIn(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).flatMap((file) => whole.exec(file)?.[1] ?? []);
  return names.toSorted();
}

export const fileOf = (directory: string, name: string): string => join(directory, `${name}.gz`);

/** Removes what was received in part: `pg_receivewal` begins a compressed segment again, and writes over the old file. */
export async function removeUnfinished(directory: string): Promise<void> {
  for (const file of await readdir(directory))
    if (file.endsWith(".partial") || file.endsWith(".tmp")) await rm(join(directory, file));
}
