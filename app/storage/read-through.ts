import type { Storage } from "./contract.ts";

/** A storage that looks into an older one for what it does not have. All else is done on it alone. */
export function readThrough(storage: Storage, older: Storage): Storage {
  return {
    ...storage,
    get: async (key) => (await storage.get(key)) ?? older.get(key),
    // An address would lead past the older one.
    presign: async () => undefined,
  };
}
