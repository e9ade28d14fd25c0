import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkKey, checkPrefix } from "./contract.ts";
import type { Storage } from "./contract.ts";

/** Objects as files under `directory`: one machine, or a volume that all its roles share. */
export function diskStorage(directory: string): Storage {
  const path = (key: string) => {
    checkKey(key);
    return join(directory, key);
  };
  return {
    async put(key, body) {
      const file = path(key);
      // A reader sees the whole file or none.
      const unfinished = `${file}.${randomUUID()}`;
      await mkdir(dirname(file), { recursive: true });
      await writeFile(unfinished, body);
      await rename(unfinished, file);
    },
    async get(key) {
      try {
        return await readFile(path(key));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    async removeAll(prefix) {
      checkPrefix(prefix);
      await rm(path(prefix.slice(0, -1)), { recursive: true, force: true });
    },
    async presign(key) {
      checkKey(key);
      return undefined;
    },
  };
}
