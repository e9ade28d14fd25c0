import { hashOf } from "../../../app/objects/frames.ts";
import type { Storage } from "../../../app/storage/contract.ts";
import type { ObjectStore } from "./contract.ts";

/** What this machine reaches itself: a bucket, or a directory of its own. */
export const storeOf = (storage: Storage): ObjectStore => ({
  list: (prefix) => storage.list(prefix),
  get: (key) => storage.get(key),
  put: (key, body) => storage.put(key, body),
  remove: (key) => storage.remove(key),
  async hash(key) {
    const body = await storage.get(key);
    return body && hashOf(body);
  },
  close: () => Promise.resolve(),
});
