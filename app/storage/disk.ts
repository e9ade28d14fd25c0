import { randomUUID } from "node:crypto";
import { mkdir, opendir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkKey, checkPrefix, isName } from "./contract.ts";
import type { Storage, StoredObject } from "./contract.ts";

/** Names of a directory in memory at the same time, or twice as many. One that has more is read more than once. */
const mostNames = 10_000;

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
  for await (const name of namesIn(join(directory, prefix))) {
    const key = `${prefix}${name}`;
    if (name.endsWith("/")) {
      yield* filesIn(directory, key);
      continue;
    }
    const file = await unlessGone(stat(join(directory, key)));
    if (file) yield { key, bytes: file.size };
  }
}

/** What is in a directory by the bytes of keys, to which the `/` behind a directory's name belongs. */
async function* namesIn(path: string): AsyncGenerator<string> {
  for (let last = ""; ;) {
    const names = await namesAfter(last, path);
    yield* names;
    if (names.length < mostNames) return;
    last = names.at(-1)!;
  }
}

/** The first ones after a name. */
async function namesAfter(last: string, path: string): Promise<string[]> {
  let found: string[] = [];
  const first = () => found.toSorted().slice(0, mostNames);
  for await (const entry of (await unlessGone(opendir(path))) ?? []) {
    if (!isName(entry.name) || !(entry.isFile() || entry.isDirectory())) continue;
    const name = entry.isDirectory() ? `${entry.name}/` : entry.name;
    if (name <= last) continue;
    found.push(name);
    if (found.length === 2 * mostNames) found = first();
  }
  return first();
}

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
