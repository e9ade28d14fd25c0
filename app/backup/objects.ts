/** Encrypted objects in the bucket of backups. */
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { s3Client } from "../s3-client.ts";
import type { Bucket } from "../storage/contract.ts";
import { decrypted, encrypted } from "./encryption.ts";

export type Bytes = AsyncIterable<Uint8Array>;

/** The least that stores take. 50 GB in all, of 10,000 parts; one is in memory while the next is made. */
const partSize = 5 * 1024 * 1024;

/** An object that another passphrase has encrypted. */
export class ForeignError extends Error {
  override readonly name = "ForeignError";
}

export interface StoredObject {
  readonly key: string;
  /** Encrypted. */
  readonly bytes: number;
  /** By the store's clock, in whole seconds. */
  readonly modified: Date;
}

export type EncryptedObjects = ReturnType<typeof encryptedObjects>;

export function encryptedObjects(bucket: Bucket, passphrase: string) {
  const { name: Bucket } = bucket;
  const client = s3Client(bucket, 120_000);

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
      const problem = `BACKUP_PASSPHRASE does not open ${Key} of the bucket ${Bucket}: it was encrypted with another one, or damaged.`;
      // A connection that breaks says nothing of whose it is.
      const isForeign = (cause as Error).message.includes("no identity matched");
      throw new (isForeign ? ForeignError : Error)(problem, { cause });
    }
  }

  return {
    write,
    /** @throws {ForeignError} */
    read,
    async readJson<T>(key: string): Promise<T> {
      const chunks: Uint8Array[] = [];
      for await (const chunk of await read(key)) chunks.push(chunk);
      return JSON.parse(Buffer.concat(chunks).toString()) as T;
    },
    writeJson: async (key: string, value: unknown): Promise<void> => {
      await write(key, Readable.from([Buffer.from(JSON.stringify(value))]));
    },
    remove: async (Key: string): Promise<void> => {
      await explained(`remove ${Key}`, client.send(new DeleteObjectCommand({ Bucket, Key })));
    },
    /** Whether this passphrase opens it: objects of others may lie in the same bucket. */
    async isOurs(key: string): Promise<boolean> {
      try {
        const plain = await read(key);
        await plain[Symbol.asyncIterator]().return?.();
        return true;
      } catch {
        // Whatever the reason: what cannot be read is left alone.
        return false;
      }
    },
    async list(prefix: string): Promise<StoredObject[]> {
      const found: StoredObject[] = [];
      const collect = async () => {
        for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix }))
          for (const { Key = "", Size = 0, LastModified = new Date(0) } of Contents)
            found.push({ key: Key, bytes: Size, modified: LastModified });
      };
      await explained("list its objects", collect());
      return found;
    },
    /** Removes what uploads have left that were begun before a moment and never ended; a store bills it. */
    async abortUploads(prefix: string, isOwn: (key: string) => boolean, before: Date): Promise<void> {
      const command = new ListMultipartUploadsCommand({ Bucket, Prefix: prefix });
      const { Uploads = [] } = await explained("list its uploads", client.send(command));
      const old = Uploads.filter(
        ({ Key = "", Initiated }) => isOwn(Key) && Initiated !== undefined && Initiated < before,
      );
      for (const { Key, UploadId } of old)
        await explained(
          `give up the upload of ${Key}`,
          client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })),
        );
    },
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
