/** Where backups are kept: a few objects each, all encrypted. */
import { NoSuchKey } from "@aws-sdk/client-s3";
import type { Bucket } from "../storage/contract.ts";
import { type Bytes, encryptedObjects } from "./objects.ts";
import { walStore } from "./wal/store.ts";

/** Everything of ours in the bucket. */
const prefix = "testfarm/";
const walPrefix = `${prefix}wal/`;
const parts = {
  dump: "database.dump.age",
  base: "base.tar.gz.age",
  manifest: "manifest.json.age",
} as const;
type Part = keyof typeof parts;
const named = /^testfarm\/(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)\/(.*)$/;

const keyOf = (name: string, part: Part) => `${prefix}${name}/${parts[part]}`;
const noteOf = (name: string) => `${prefix}${name}.json.age`;

/** `2026-11-25T02-30-00Z`: sorts by time. */
export const nameAt = (time: Date): string => `${time.toISOString().slice(0, 19).replaceAll(":", "-")}Z`;

/** The time at which the backup of this name was begun. */
export const timeOf = (name: string): Date => new Date(name.replace(/T(\d\d)-(\d\d)-(\d\d)Z/, "T$1:$2:$3Z"));

export interface StoredBackup {
  readonly name: string;
  /** Whether it is complete: the manifest is written last. */
  readonly isWhole: boolean;
  /** Whether a copy of the server's files is in it. */
  readonly hasBase: boolean;
  /** Size of the encrypted dump. */
  readonly bytes: number;
}

export type BackupStore = ReturnType<typeof backupStore>;

export function backupStore(bucket: Bucket, passphrase: string) {
  const objects = encryptedObjects(bucket, passphrase);
  return {
    /** All that look like backups of ours, the newest last. */
    async list(): Promise<StoredBackup[]> {
      const found = new Map<string, Partial<Record<Part, number>>>();
      // Their names begin with a year, and the log's objects, of which there are many, do not.
      for (const { key, bytes } of await objects.list(`${prefix}2`)) {
        const [, name = "", file] = named.exec(key) ?? [];
        const part = (Object.keys(parts) as Part[]).find((each) => parts[each] === file);
        if (part !== undefined) found.set(name, { ...found.get(name), [part]: bytes });
      }
      return [...found]
        .map(([name, { dump, base, manifest }]) => ({
          name,
          isWhole: dump !== undefined && manifest !== undefined,
          hasBase: base !== undefined,
          bytes: dump ?? 0,
        }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    /** @returns size of the encrypted dump. */
    putDump: (name: string, dump: Bytes): Promise<number> => objects.write(keyOf(name, "dump"), dump),
    getDump: (name: string): Promise<Bytes> => objects.read(keyOf(name, "dump")),
    /** A copy of the server's files. @returns its encrypted size. */
    putBase: (name: string, base: Bytes): Promise<number> => objects.write(keyOf(name, "base"), base),
    getBase: (name: string): Promise<Bytes> => objects.read(keyOf(name, "base")),
    putManifest: (name: string, manifest: unknown) => objects.writeJson(keyOf(name, "manifest"), manifest),
    /** @throws {ForeignError} when another passphrase has encrypted it. */
    getManifest: <T>(name: string) => objects.readJson<T>(keyOf(name, "manifest")),
    /** Whether this passphrase opens the dump: backups of others may lie in the same bucket. */
    isOurs: (name: string) => objects.isOurs(keyOf(name, "dump")),
    /** Its manifest first: what is half removed is no backup. */
    async remove(name: string): Promise<void> {
      for (const part of ["manifest", "base", "dump"] as const) await objects.remove(keyOf(name, part));
    },
    /** Removes what uploads have left that were begun before a moment and never ended; a store bills it. */
    abortUploads: (before: Date) =>
      objects.abortUploads(prefix, (key) => named.test(key) || key.startsWith(walPrefix), before),
    /** What was noted last under a name; `undefined` when nothing was. */
    async getNote<T>(name: string): Promise<T | undefined> {
      try {
        return await objects.readJson<T>(noteOf(name));
      } catch (error) {
        if ((error as Error).cause instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    putNote: (name: string, value: unknown) => objects.writeJson(noteOf(name), value),
    /** The log of what was written. */
    wal: walStore(objects, walPrefix),
    close: objects.close,
  };
}
