/** Messages between the role `objects` and whoever has started it: a header as JSON and a body, their lengths before them. */
import { createHash } from "node:crypto";
import type { Writable } from "node:stream";

export interface Frame<Header> {
  readonly header: Header;
  readonly body: Uint8Array;
}

/** What a request asks for. */
export type Operation =
  /** The first objects under `prefix`; `id` is the listing's name from then on. */
  | { readonly op: "list"; readonly prefix: string }
  /** The next ones of a listing. */
  | { readonly op: "more"; readonly of: number }
  /** Nobody wants the rest of a listing. */
  | { readonly op: "leave"; readonly of: number }
  | { readonly op: "get" | "put" | "remove" | "hash"; readonly key: string };

/** Its body is an object's for `put`, else empty. */
export type Request = { readonly id: number } & Operation;

/** Its body is an object's for `get`, and for listings objects as JSON; else empty. */
export interface Answer {
  /** Of the request. */
  readonly id: number;
  /** Why it has not been done. */
  readonly error?: string;
  /** Whether there is such an object. */
  readonly isThere?: boolean;
  readonly hash?: string;
  /** Whether a listing goes on. */
  readonly hasMore?: boolean;
}

/** In bytes. What is longer is something else than frames, such as what a program prints. */
const limits = { header: 64 * 1024, body: 256 * 1024 ** 2 } as const;
const beginning = 8;

export const nothing = new Uint8Array();

/** What `hash` answers: SHA-256 in hexadecimal digits. */
export const hashOf = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex");

/** Comes back when the other side has room for more. */
export function writeFrame(to: Writable, { header, body }: Frame<object>): Promise<void> {
  const text = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(beginning);
  lengths.writeUInt32BE(text.length);
  lengths.writeUInt32BE(body.length, 4);
  return new Promise((resolve, reject) => {
    to.write(Buffer.concat([lengths, text]));
    to.write(body, (error) => (error ? reject(error) : resolve()));
  });
}

/** @throws when what comes is something else, or ends within one. */
export async function* readFrames<Header>(
  from: AsyncIterable<Uint8Array>,
): AsyncGenerator<Frame<Header>, void> {
  const take = taker(from);
  for (;;) {
    const lengths = await take(beginning);
    if (lengths === undefined) return;
    const [header, body] = [lengths.readUInt32BE(), lengths.readUInt32BE(4)];
    if (header > limits.header || body > limits.body)
      throw new Error(
        `What is read are no frames: it begins with ${JSON.stringify(lengths.toString("latin1"))}.`,
      );
    const text = await take(header);
    const content = await take(body);
    if (text === undefined || content === undefined) throw new Error("What is read ends within a frame.");
    yield { header: JSON.parse(text.toString()) as Header, body: content };
  }
}

/** Gives the next bytes of a stream, so many; `undefined` where it has ended. */
function taker(from: AsyncIterable<Uint8Array>): (length: number) => Promise<Buffer | undefined> {
  const iterator = from[Symbol.asyncIterator]();
  let left: Buffer = Buffer.alloc(0);
  return async (length) => {
    const parts = [left];
    let have = left.length;
    while (have < length) {
      const { done, value } = await iterator.next();
      if (done === true) {
        if (have === 0) return undefined;
        throw new Error("What is read ends within a frame.");
      }
      parts.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      have += value.length;
    }
    const all = parts.length === 1 ? left : Buffer.concat(parts, have);
    left = all.subarray(length);
    return all.subarray(0, length);
  };
}
