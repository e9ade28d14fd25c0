/** Where the log is kept: an encrypted object a segment, apart for each server, whose segments all have the same names. */
import type { Bytes, EncryptedObjects } from "../objects.ts";
import { isSegment, positionOf } from "./segments.ts";

export interface StoredSegment {
  readonly name: string;
  /** When it came into the bucket, by the store's clock: what is in it was written before. */
  readonly modified: Date;
}

/** @param prefix of all that is kept of the log. */
export function walStore(objects: EncryptedObjects, prefix: string) {
  const suffix = ".gz.age";
  const keyOf = (system: string, name: string) => `${prefix}${system}/${name}${suffix}`;
  return {
    /** @param name of a segment, or of a timeline's history. */
    put: (system: string, name: string, gzipped: Bytes) => objects.write(keyOf(system, name), gzipped),
    get: (system: string, name: string): Promise<Bytes> => objects.read(keyOf(system, name)),
    remove: (system: string, name: string) => objects.remove(keyOf(system, name)),
    isOurs: (system: string, name: string) => objects.isOurs(keyOf(system, name)),
    /** A server's segments, the first one first. */
    async list(system: string): Promise<StoredSegment[]> {
      return segmentsIn(await objects.list(`${prefix}${system}/`)).get(system) ?? [];
    },
    /** The segments of every server, by its identifier. */
    all: async () => segmentsIn(await objects.list(prefix)),
  };

  function segmentsIn(all: Awaited<ReturnType<EncryptedObjects["list"]>>): Map<string, StoredSegment[]> {
    const found = new Map<string, StoredSegment[]>();
    for (const { key, modified } of all) {
      const [system = "", file = ""] = key.slice(prefix.length).split("/");
      const name = file.slice(0, -suffix.length);
      if (!file.endsWith(suffix) || !isSegment(name)) continue;
      const segments = found.get(system) ?? [];
      segments.push({ name, modified });
      found.set(system, segments);
    }
    for (const segments of found.values()) segments.sort((a, b) => positionOf(a.name) - positionOf(b.name));
    return found;
  }
}
