import { createWriteStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Listing, StoredObject } from "./contract.ts";
import type { Listed } from "./ends.ts";
import { screenshots } from "./walk.ts";

export interface KeptListing extends Listing {
  readonly objects: number;
  readonly bytes: number;
  release(): Promise<void>;
}

/**
 * Which screenshots an end has now, until it is released: in a file of this machine, since there may be more of them than its
 * memory holds.
 */
export async function keepListing(end: Listed, signal?: AbortSignal): Promise<KeptListing> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-screenshots-"));
  const release = () => rm(directory, { recursive: true, force: true });
  const path = join(directory, "listing.ndjson");
  let [objects, bytes] = [0, 0];
  async function* lines() {
    for await (const object of screenshots(end)) {
      objects++;
      bytes += object.bytes;
      yield `${JSON.stringify(object)}\n`;
    }
  }
  try {
    await pipeline(lines, createWriteStream(path, { mode: 0o600 }), { signal });
  } catch (error) {
    await release();
    throw error;
  }
  return {
    objects,
    bytes,
    async *list() {
      const file = await open(path);
      try {
        for await (const line of file.readLines({ autoClose: false })) yield JSON.parse(line) as StoredObject;
      } finally {
        await file.close();
      }
    },
    release,
  };
}
