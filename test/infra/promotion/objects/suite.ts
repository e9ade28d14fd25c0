import { createHash, randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ObjectStore, StoredObject } from "../../../../infra/promotion/objects/contract.ts";

/** By key. */
export async function listed(store: ObjectStore, prefix?: string): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const each of store.list(prefix)) found.push(each);
  return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

export const sha256 = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex");

/** What a promotion expects of screenshots, wherever they lie. */
export function objectsSuite(name: string, open: () => Promise<ObjectStore>): void {
  describe(`objects ${name}`, () => {
    let store: ObjectStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store?.close());

    test("are given back as they were put, byte by byte, and hashed where they lie", async () => {
      const key = `${randomUUID()}/1.webp`;
      const body = randomBytes(3_000_000);
      await store.put(key, body);
      expect(Buffer.from((await store.get(key))!).equals(body)).toBe(true);
      expect(await store.hash(key)).toBe(sha256(body));
      await store.put(key, new Uint8Array());
      expect(await store.get(key)).toHaveLength(0);
      expect(await store.hash(key)).toBe(sha256(new Uint8Array()));
    });

    test("that are not there are none, and no error", async () => {
      const key = `${randomUUID()}/1.webp`;
      expect(await store.get(key)).toBeUndefined();
      expect(await store.hash(key)).toBeUndefined();
      await store.remove(key);
      expect(await listed(store, `${randomUUID()}/`)).toEqual([]);
    });

    test("are listed with their sizes, more than one answer holds, and not once they are removed", async () => {
      const own = randomUUID();
      const keys = Array.from({ length: 1_100 }, (_, index) => `${own}/${index}.png`).toSorted();
      const rest = [...keys];
      while (rest.length > 0)
        await Promise.all(rest.splice(0, 25).map((key) => store.put(key, Buffer.from(key))));
      expect(await listed(store, `${own}/`)).toEqual(keys.map((key) => ({ key, bytes: key.length })));
      await store.remove(keys[0]!);
      expect(await listed(store, `${own}/`)).toHaveLength(keys.length - 1);
      for await (const { bytes } of store.list(`${own}/`)) {
        expect(bytes).toBeGreaterThan(36);
        break;
      }
      expect(await store.get(keys[1]!)).toBeDefined();
    });

    test("are listed in the order of their keys' bytes, whatever comes before a slash, and over more than one answer", async () => {
      const own = randomUUID();
      const names = ["a/1.png", "a.b/1.png", "a-b", "a.png", "a0", "aa/1/2", "aa/1.png", "A/1", "_/1"];
      const keys = names.flatMap((each) => [
        each,
        ...Array.from({ length: 130 }, (_, at) => `${each}-${at}`),
      ]);
      const rest = keys.map((each) => `${own}/${each}`);
      while (rest.length > 0)
        await Promise.all(rest.splice(0, 25).map((key) => store.put(key, Buffer.from("x"))));
      const found: string[] = [];
      for await (const { key } of store.list(`${own}/`)) found.push(key.slice(own.length + 1));
      expect(found).toEqual(keys.toSorted());
    });

    test("are asked for many at the same time, each answered with its own", async () => {
      const own = randomUUID();
      const bodies = Array.from({ length: 60 }, () => randomBytes(Math.ceil(Math.random() * 200_000)));
      await Promise.all(bodies.map((body, index) => store.put(`${own}/${index}`, body)));
      const found = await Promise.all(bodies.map((_, index) => store.get(`${own}/${index}`)));
      expect(found.map((body) => sha256(body!))).toEqual(bodies.map(sha256));
    });

    test("with a key that leads elsewhere are an error that names it, and others go on", async () => {
      const key = `${randomUUID()}/1.png`;
      const [refused] = await Promise.allSettled([
        store.put("../outside", Buffer.from("x")),
        store.put(key, Buffer.from("x")),
      ]);
      expect(String((refused as PromiseRejectedResult).reason)).toContain('"../outside" is no storage key');
      expect(await store.get(key)).toHaveLength(1);
    });
  });
}
