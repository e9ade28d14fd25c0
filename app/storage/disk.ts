import { randomUUID } from "node:crypto";
import { mkdir, opendir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkKey, checkPrefix, isName } from "./contract.ts";
import type { Storage, StoredObject } from "./contract.ts";

/** Objects as files under `directory`: one machine, or a volume that all its roles share. */
export function diskStorage(directory: string): Storage {
  const path = (key: string) => {
    checkKey(key);
    return join(directory, key);
  };
  return {
    async put(key, body) {
      const file = path(key);
      // A reader sees the whole file or none. No key has a name with that beginning: what a killed process leaves is no object.
      const unfinished = join(dirname(file), `.${randomUUID()}`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(unfinished, body);
      await rename(unfinished, file);
    },
    async get(key) {
      return unlessGone(readFile(path(key)));
    },
    list(prefix = "") {
      if (prefix !== "") checkPrefix(prefix);
      return filesIn(directory, prefix);
    },
    async remove(key) {
      await rm(path(key), { force: true });
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

/** Whoever walks through it meets what others remove at the same time. */
async function* filesIn(directory: string, prefix: string): AsyncGenerator<StoredObject> {
  const entries = await unlessGone(opendir(join(directory, prefix)));
  if (entries === undefined) return;
  for await (const entry of entries) {
    if (!isName(entry.name)) continue;
    const key = `${prefix}${entry.name}`;
    if (entry.isDirectory()) yield* filesIn(directory, `${key}/`);
    if (!entry.isFile()) continue;
    const file = await unlessGone(stat(join(directory, key)));
    if (file) yield { key, bytes: file.size };
  }
}

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
