import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { s3Client } from "../s3-client.ts";
import { checkKey, checkPrefix, isInside, pictureType } from "./contract.ts";
import type { Bucket, Storage, StoredObject } from "./contract.ts";

/** How long a presigned address is good for. Seconds. */
const presignedFor = 300;
/** Removals at the same time. */
const removalsAtOnce = 10;

/** Objects in a private bucket, at AWS or any store that speaks S3. */
export function s3Storage(bucket: Bucket): Storage {
  const { name: Bucket } = bucket;
  const client = s3Client(bucket, 30_000);

  const remove = (Key: string) => client.send(new DeleteObjectCommand({ Bucket, Key }));

  async function* objectsUnder(Prefix: string): AsyncGenerator<StoredObject> {
    const pages = paginateListObjectsV2({ client }, { Bucket, Prefix });
    for (;;) {
      const { done, value } = await explained("list its objects", pages.next());
      if (done) return;
      for (const { Key, Size = 0 } of value.Contents ?? []) yield { key: Key!, bytes: Size };
    }
  }

  async function removeUnder(Prefix: string): Promise<void> {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
      const keys = Contents.map(({ Key }) => Key!);
      // Singly: stores other than AWS turn the checksum away that the SDK sends when it removes many at once
      // (https://github.com/aws/aws-sdk-js-v3/issues/6819).
      while (keys.length > 0) await Promise.all(keys.splice(0, removalsAtOnce).map(remove));
    }
  }

  async function read(Key: string): Promise<Uint8Array | undefined> {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return await Body?.transformToByteArray();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  /** The SDK's errors name neither the bucket nor what was asked of it. */
  async function explained<T>(task: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new Error(`The bucket ${Bucket} (S3_BUCKET) does not ${task}: ${reason}`, { cause });
    }
  }

  return {
    async put(Key, Body) {
      checkKey(Key);
      const command = new PutObjectCommand({ Bucket, Key, Body, ContentType: pictureType(Key) });
      await explained(`take ${Key}`, client.send(command));
    },
    async get(Key) {
      checkKey(Key);
      return explained(`give ${Key}`, read(Key));
    },
    list(prefix = "") {
      if (prefix !== "") checkPrefix(prefix);
      return objectsUnder(prefix);
    },
    async remove(key) {
      checkKey(key);
      await explained(`remove ${key}`, remove(key));
    },
    async removeAll(prefix) {
      checkPrefix(prefix);
      await explained(`remove ${prefix}`, removeUnder(prefix));
    },
    async presign(Key) {
      checkKey(Key);
      if (isInside(bucket)) return undefined;
      return getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), { expiresIn: presignedFor });
    },
  };
}
