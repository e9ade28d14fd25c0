/** Where backups are kept: two objects each, both encrypted. */
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  NoSuchKey,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { Bucket } from "../storage/contract.ts";
import { decrypted, encrypted } from "./encryption.ts";

type Bytes = AsyncIterable<Uint8Array>;

/** Everything of ours in the bucket. */
const prefix = "testfarm/";
const parts = { dump: "database.dump.age", manifest: "manifest.json.age" } as const;
type Part = keyof typeof parts;
const named = /^testfarm\/(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)\/(.*)$/;

const keyOf = (name: string, part: Part) => `${prefix}${name}/${parts[part]}`;

/** The least that stores take. 50 GB in all, of 10,000 parts; one is in memory while the next is made. */
const partSize = 5 * 1024 * 1024;

/** `2026-11-25T02-30-00Z`: sorts by time. */
export const nameAt = (time: Date): string => `${time.toISOString().slice(0, 19).replaceAll(":", "-")}Z`;

/** The time at which the backup of this name was begun. */
export const timeOf = (name: string): Date => new Date(name.replace(/T(\d\d)-(\d\d)-(\d\d)Z/, "T$1:$2:$3Z"));

export interface StoredBackup {
  readonly name: string;
  /** Whether it is complete: the manifest is written last. */
  readonly isWhole: boolean;
  /** Size of the encrypted dump. */
  readonly bytes: number;
}

export type BackupStore = ReturnType<typeof backupStore>;

export function backupStore(bucket: Bucket, passphrase: string) {
  const { name: Bucket, region, endpoint, forcePathStyle, credentials } = bucket;
  const client = new S3Client({
    region: region ?? "us-east-1",
    ...(endpoint !== undefined && { endpoint }),
    ...(forcePathStyle !== undefined && { forcePathStyle }),
    ...(credentials && { credentials }),
    // As for pictures: app/storage/s3.ts.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 120_000, throwOnRequestTimeout: true },
  });

  /** The SDK's errors name neither the bucket nor what was asked of it. */
  async function explained<T>(task: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      throw new Error(`The bucket ${Bucket} (BACKUP_BUCKET) does not ${task}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  /** @returns bytes written. Nothing is left of it when it fails and the bucket can be reached. */
  async function write(Key: string, plain: Bytes): Promise<number> {
    let bytes = 0;
    // What goes wrong while it is made is not the bucket's fault.
    let failure: unknown;
    const source = noting(plain, (error) => (failure = error));
    const counted = async function* () {
      for await (const chunk of await encrypted(source, passphrase)) {
        bytes += chunk.length;
        yield chunk;
      }
    };
    const Body = Readable.from(counted(), { objectMode: false });
    const upload = new Upload({ client, params: { Bucket, Key, Body }, partSize, queueSize: 1 });
    try {
      await upload.done();
      return bytes;
    } catch (error) {
      if (failure !== undefined) throw failure;
      return await explained(`take ${Key}`, Promise.reject(error));
    } finally {
      Body.destroy();
    }
  }

  async function read(Key: string): Promise<Bytes> {
    const { Body } = await explained(`give ${Key}`, client.send(new GetObjectCommand({ Bucket, Key })));
    const body = Body as Readable;
    try {
      return await decrypted(body, passphrase);
    } catch (cause) {
      body.destroy();
      throw new Error(
        `BACKUP_PASSPHRASE does not open ${Key} of the bucket ${Bucket}: it was encrypted with another one, or damaged.`,
        { cause },
      );
    }
  }

  async function readJson<T>(Key: string): Promise<T> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await read(Key)) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString()) as T;
  }

  const writeJson = async (Key: string, value: unknown): Promise<void> => {
    await write(Key, Readable.from([Buffer.from(JSON.stringify(value))]));
  };

  const removeObject = (Key: string) =>
    explained(`remove ${Key}`, client.send(new DeleteObjectCommand({ Bucket, Key })));

  return {
    /** All that look like backups of ours, the newest last. */
    async list(): Promise<StoredBackup[]> {
      const found = new Map<string, Partial<Record<Part, number>>>();
      const collect = async () => {
        for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix }))
          for (const { Key = "", Size = 0 } of Contents) {
            const [, name = "", file] = named.exec(Key) ?? [];
            const part = (Object.keys(parts) as Part[]).find((each) => parts[each] === file);
            if (part !== undefined) found.set(name, { ...found.get(name), [part]: Size });
          }
      };
      await explained("list its objects", collect());
      return [...found]
        .map(([name, { dump, manifest }]) => ({
          name,
          isWhole: dump !== undefined && manifest !== undefined,
          bytes: dump ?? 0,
        }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    /** @returns size of the encrypted dump. */
    putDump: (name: string, dump: Bytes): Promise<number> => write(keyOf(name, "dump"), dump),
    getDump: (name: string): Promise<Bytes> => read(keyOf(name, "dump")),
    putManifest: (name: string, manifest: unknown) => writeJson(keyOf(name, "manifest"), manifest),
    getManifest: <T>(name: string) => readJson<T>(keyOf(name, "manifest")),
    /** Whether this passphrase opens the dump: backups of others may lie in the same bucket. */
    async isOurs(name: string): Promise<boolean> {
      try {
        const dump = await read(keyOf(name, "dump"));
        await dump[Symbol.asyncIterator]().return?.();
        return true;
      } catch {
        // Whatever the reason: what cannot be read is left alone.
        return false;
      }
    },
    /** Its manifest first: what is half removed is no backup. */
    async remove(name: string): Promise<void> {
      await removeObject(keyOf(name, "manifest"));
      await removeObject(keyOf(name, "dump"));
    },
    /** Removes what uploads have left that were begun before a moment and never ended; a store bills it. */
    async abortUploads(before: Date): Promise<void> {
      const command = new ListMultipartUploadsCommand({ Bucket, Prefix: prefix });
      const { Uploads = [] } = await explained("list its uploads", client.send(command));
      const old = Uploads.filter(
        ({ Key = "", Initiated }) => named.test(Key) && Initiated !== undefined && Initiated < before,
      );
      for (const { Key, UploadId } of old)
        await explained(
          `give up the upload of ${Key}`,
          client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })),
        );
    },
    /** What was noted last under a name; `undefined` when nothing was. */
    async getNote<T>(name: string): Promise<T | undefined> {
      try {
        return await readJson<T>(`${prefix}${name}.json.age`);
      } catch (error) {
        if ((error as Error).cause instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    putNote: (name: string, value: unknown) => writeJson(`${prefix}${name}.json.age`, value),
    close: () => client.destroy(),
  };
}

/** The same bytes; an error of theirs, and not one of who reads them, is noted. */
async function* noting(bytes: Bytes, note: (error: unknown) => void): Bytes {
  const iterator = bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await iterator.next().catch((error: unknown) => {
        note(error);
        throw error;
      });
      if (done) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
