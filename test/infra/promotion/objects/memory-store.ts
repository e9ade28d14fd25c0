import type { ObjectStore } from "../../../../infra/promotion/objects/contract.ts";
import { sha256 } from "./suite.ts";

/** Objects in memory, which a test looks at and changes. */
export type MemoryStore = ObjectStore & { readonly objects: Map<string, Buffer> };

export function memoryStore(contents: Readonly<Record<string, string>> = {}): MemoryStore {
  const objects = new Map(Object.entries(contents).map(([key, body]) => [key, Buffer.from(body)]));
  return {
    objects,
    async *list(prefix = "") {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).toSorted();
      for (const key of keys) {
        const body = objects.get(key);
        if (body) yield { key, bytes: body.length };
      }
    },
    get: async (key) => objects.get(key),
    put: async (key, body) => void objects.set(key, Buffer.from(body)),
    remove: async (key) => void objects.delete(key),
    async hash(key) {
      const body = objects.get(key);
      return body && sha256(body);
    },
    close: () => Promise.resolve(),
  };
}

export const contents = ({ objects }: MemoryStore): Readonly<Record<string, string>> =>
  Object.fromEntries([...objects].map(([key, body]) => [key, String(body)]));
