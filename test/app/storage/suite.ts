import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Storage, StoredObject } from "../../../app/storage/contract.ts";

export const bytes = (text: string) => new Uint8Array(Buffer.from(text));

/** By key. */
export async function listed(storage: Storage, prefix?: string): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const each of storage.list(prefix)) found.push(each);
  return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * What every provider of storage does alike.
 *
 * @param open gives a storage; what stands in it under keys of other tests does not matter.
 */
export function storageSuite(name: string, open: () => Promise<Storage>): void {
  describe(`the storage on ${name}`, () => {
    test("gives back what was put under a key, and the newer of two", async () => {
      const [storage, own] = [await open(), randomUUID()];
      await storage.put(`${own}/a/1.png`, bytes("first"));
      await storage.put(`${own}/a/1.png`, bytes("second"));
      expect(Buffer.from((await storage.get(`${own}/a/1.png`))!).toString()).toBe("second");
    });

    test("gives back every byte of a picture", async () => {
      const [storage, key] = [await open(), `${randomUUID()}/1.webp`];
      const picture = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256);
      await storage.put(key, picture);
      expect(Buffer.from((await storage.get(key))!).equals(picture)).toBe(true);
    });

    test("has nothing under a key that was never put, nor under a part of one", async () => {
      const [storage, own] = [await open(), randomUUID()];
      await storage.put(`${own}/ab/1.png`, bytes("picture"));
      expect(await storage.get(`${own}/ab/2.png`)).toBeUndefined();
      expect(await storage.get(`${own}/x/1.png`)).toBeUndefined();
    });

    test("removes all under a prefix and nothing beside it, and nothing there is no error", async () => {
      const [storage, own] = [await open(), randomUUID()];
      for (const key of ["s/1/1.png", "s/1/2/1.png", "s/10/1.png", "s/1.png"])
        await storage.put(`${own}/${key}`, bytes(key));
      await storage.removeAll(`${own}/s/1/`);
      await storage.removeAll(`${own}/s/1/`);
      expect(await storage.get(`${own}/s/1/1.png`)).toBeUndefined();
      expect(await storage.get(`${own}/s/1/2/1.png`)).toBeUndefined();
      expect(await storage.get(`${own}/s/10/1.png`)).toBeDefined();
      expect(await storage.get(`${own}/s/1.png`)).toBeDefined();
    });

    test("lists all under a prefix, with their sizes, and nothing beside it", async () => {
      const [storage, own] = [await open(), randomUUID()];
      expect(await listed(storage, `${own}/s/1/`)).toEqual([]);
      const sizes = { "s/1/1.png": 3, "s/1/2/1.png": 0, "s/10/1.png": 1, "s/1.png": 1 };
      for (const [key, size] of Object.entries(sizes))
        await storage.put(`${own}/${key}`, new Uint8Array(size));
      expect(await listed(storage, `${own}/s/1/`)).toEqual([
        { key: `${own}/s/1/1.png`, bytes: 3 },
        { key: `${own}/s/1/2/1.png`, bytes: 0 },
      ]);
      expect(await listed(storage, `${own}/`)).toHaveLength(4);
      // Others put theirs beside it.
      expect((await listed(storage)).filter(({ key }) => key.startsWith(own))).toHaveLength(4);
    });

    test("lists several thousand objects, each once", async () => {
      const [storage, own] = [await open(), randomUUID()];
      const keys = Array.from({ length: 2_500 }, (_, index) => `${own}/${index % 7}/${index}.png`);
      const rest = [...keys];
      while (rest.length > 0)
        await Promise.all(rest.splice(0, 25).map((key) => storage.put(key, bytes(key))));
      const found = await listed(storage, `${own}/`);
      expect(found.map(({ key }) => key)).toEqual(keys.toSorted());
      expect(found.every(({ key, bytes: size }) => size === key.length)).toBe(true);
    });

    test("removes one object, and nothing there is no error", async () => {
      const [storage, own] = [await open(), randomUUID()];
      for (const each of ["1.png", "2.png"]) await storage.put(`${own}/${each}`, bytes(each));
      await storage.remove(`${own}/1.png`);
      await storage.remove(`${own}/1.png`);
      expect((await listed(storage, `${own}/`)).map(({ key }) => key)).toEqual([`${own}/2.png`]);
    });

    test.each([
      "../outside.png",
      "a/../../outside.png",
      "/etc/passwd",
      "a//b.png",
      "a/./b",
      "a\\b",
      "",
      "a/\0",
      ".hidden",
    ])("refuses the key %j", async (key) => {
      const storage = await open();
      await expect(storage.put(key, bytes("x"))).rejects.toThrow("is no storage key");
      await expect(storage.get(key)).rejects.toThrow("is no storage key");
      await expect(storage.presign(key)).rejects.toThrow("is no storage key");
      await expect(storage.remove(key)).rejects.toThrow("is no storage key");
      await expect(storage.removeAll(`${key}/`)).rejects.toThrow("is no storage key");
      expect(() => storage.list(`${key}/`)).toThrow("is no storage key");
    });

    test("refuses a prefix that does not end a name", async () => {
      const storage = await open();
      await expect(storage.removeAll("s/1")).rejects.toThrow('must end in "/"');
      expect(() => storage.list("s/1")).toThrow('must end in "/"');
    });
  });
}
