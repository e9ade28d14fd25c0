import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { storages } from "../../../../app/storage/index.ts";
import type { Progress } from "../../../../infra/promotion/contract.ts";
import type { ObjectStore } from "../../../../infra/promotion/objects/contract.ts";
import { copyObjects } from "../../../../infra/promotion/objects/copy.ts";
import { storeOf } from "../../../../infra/promotion/objects/store.ts";
import { atEnd } from "../../../support/at-end.ts";
import { s3 } from "../../../support/s3.ts";
import { describeWith } from "../../../support/services.ts";
import { contents, memoryStore } from "./memory-store.ts";
import { listed } from "./suite.ts";

const between = (source: ObjectStore, target: ObjectStore) => ({
  source: { name: "mvp", objects: source },
  target: { name: "scale", objects: target },
});

test("what the target has not, or has in another size, is copied, and nothing else is touched", async () => {
  const source = memoryStore({ "org/a/1": "one", "org/a/2": "two", "org/b/3": "three", "org/b/4": "four" });
  const target = memoryStore({
    "org/a/1": "one",
    "org/a/2": "tw",
    "org/c/5": "only here",
    "org/b/4": "FOUR",
  });
  const put = vi.spyOn(target, "put");
  expect(await copyObjects(between(source, target))).toEqual({ objects: 4, copied: 2, bytes: 8, removed: 0 });
  expect(put.mock.calls.map(([key]) => key).toSorted()).toEqual(["org/a/2", "org/b/3"]);
  expect(contents(target)).toEqual({ ...contents(source), "org/b/4": "FOUR", "org/c/5": "only here" });
});

test("again it copies what has come since", async () => {
  const [source, target] = [memoryStore({ "org/1": "one" }), memoryStore()];
  await copyObjects(between(source, target));
  source.objects.set("org/2", Buffer.from("two"));
  expect(await copyObjects(between(source, target))).toMatchObject({ objects: 2, copied: 1 });
  expect(contents(target)).toEqual(contents(source));
});

test("only when it is to be exact what the source has no more is removed, and never what is no screenshot", async () => {
  const source = memoryStore({ "org/1": "one", "promotion/run.json": "source's", "postgres/wal/1": "log" });
  const target = memoryStore({
    "org/2": "two",
    "org/3": "3",
    "promotion/run.json": "target's",
    "postgres/2": "log",
  });
  expect(await copyObjects(between(source, target))).toMatchObject({ objects: 1, copied: 1, removed: 0 });
  expect(await copyObjects({ ...between(source, target), exact: true })).toMatchObject({ removed: 2 });
  expect(contents(target)).toEqual({ "org/1": "one", "promotion/run.json": "target's", "postgres/2": "log" });
});

test("an object that fails is tried three times", async () => {
  const [source, target] = [memoryStore({ "org/1": "one", "org/2": "two" }), memoryStore()];
  let failures = 2;
  const put = target.put;
  target.put = async (key, body) => {
    if (key === "org/1" && failures-- > 0) throw new Error("503 Slow Down");
    return put(key, body);
  };
  expect(await copyObjects(between(source, target))).toMatchObject({ copied: 2 });
  failures = 3;
  target.objects.clear();
  await expect(copyObjects(between(source, target))).rejects.toThrow(
    "scale does not take org/1: 503 Slow Down",
  );
});

test("what is read back is compared: an object that has changed on its way is named", async () => {
  const [source, target] = [memoryStore({ "org/1": "one" }), memoryStore()];
  target.put = async (key) => void target.objects.set(key, Buffer.from("One"));
  await expect(copyObjects(between(source, target))).rejects.toThrow(
    /^scale has taken org\/1 and gives back something else: there is SHA-256 [\da-f]{64} in place of [\da-f]{64}\./,
  );
  target.put = () => Promise.resolve();
  target.objects.clear();
  await expect(copyObjects(between(source, target))).rejects.toThrow(
    "gives back something else: nothing is there",
  );
});

test("one that is removed while it is to be copied is none", async () => {
  const [source, target] = [memoryStore({ "org/1": "one", "org/2": "two" }), memoryStore()];
  source.get = async (key) => (key === "org/1" ? undefined : source.objects.get(key));
  expect(await copyObjects(between(source, target))).toMatchObject({ objects: 2, copied: 1 });
});

test.each(["source", "target"] as const)(
  "a listing of the %s that breaks is an error that names the side",
  async (which) => {
    const sides = between(memoryStore({ "org/1": "one" }), memoryStore());
    sides[which].objects.list = async function* () {
      yield { key: "org/0", bytes: 0 };
      throw new Error("503");
    };
    await expect(copyObjects({ ...sides, exact: true })).rejects.toThrow(
      `${sides[which].name} does not list its objects: 503`,
    );
  },
);

test.each(["source", "target"] as const)(
  "a listing of the %s that is in no order is an error that names the side and the objects, and nothing is removed",
  async (which) => {
    const [source, target] = [
      memoryStore({ "org/1": "one", "org/2": "two" }),
      memoryStore({ "org/1": "one" }),
    ];
    const sides = between(source, target);
    sides[which].objects.list = async function* () {
      yield { key: "org/\u{1f600}", bytes: 3 };
      yield { key: "org/\uff21", bytes: 3 };
    };
    await expect(copyObjects({ ...sides, exact: true })).rejects.toThrow(
      `${sides[which].name} lists org/\uff21 after org/\u{1f600}: its store does not list by the bytes of keys, as S3 does`,
    );
    expect(target.objects.has("org/1")).toBe(true);
  },
);

test("more objects than are kept in memory are removed, too", async () => {
  const [source, target] = [memoryStore({ "org/x": "one" }), memoryStore()];
  for (let index = 0; index < 25_000; index++) target.objects.set(`org/${index}`, Buffer.from("o"));
  expect(await copyObjects({ ...between(source, target), exact: true })).toEqual({
    objects: 1,
    copied: 1,
    bytes: 3,
    removed: 25_000,
  });
  expect(contents(target)).toEqual(contents(source));
});

test("neither side is listed further than what is under way needs", async () => {
  const reached = { source: 0, target: 0 };
  const endless = (which: keyof typeof reached): ObjectStore => ({
    ...memoryStore(),
    async *list() {
      for (let index = 0; index < 100_000; index++) {
        reached[which] = index + 1;
        yield { key: `org/${String(index).padStart(9, "0")}`, bytes: which === "source" ? 1 : 2 };
      }
    },
    get: () => new Promise(() => undefined),
  });
  const stop = new AbortController();
  const copying = copyObjects({ ...between(endless("source"), endless("target")), signal: stop.signal });
  await vi.waitUntil(() => reached.source >= 16);
  await new Promise((resolve) => setTimeout(resolve, 100));
  stop.abort(new Error("enough"));
  await expect(copying).rejects.toThrow("enough");
  expect(Math.max(reached.source, reached.target)).toBeLessThan(30);
});

/** A source of objects that hang until the test lets them go. */
function hanging(count: number, size: number) {
  const [source, target] = [memoryStore(), memoryStore()];
  for (let index = 0; index < count; index++) source.objects.set(`org/${index}`, Buffer.alloc(size));
  const asked: (() => void)[] = [];
  source.get = async (key) => {
    await new Promise<void>((resolve) => asked.push(resolve));
    return source.objects.get(key);
  };
  return { source, target, asked };
}

test("so many are under way as it is told to, and no more bytes than memory is for", async () => {
  for (const { count, size, jobs, expected } of [
    { count: 20, size: 10, jobs: 5, expected: 5 },
    // 32 MB of them at the same time.
    { count: 20, size: 10 * 1024 ** 2, jobs: 16, expected: 3 },
    { count: 2, size: 40 * 1024 ** 2, jobs: 16, expected: 1 },
  ]) {
    const { source, target, asked } = hanging(count, size);
    const copying = copyObjects({ ...between(source, target), jobs });
    for (let done = 0; done < count; done++) {
      await vi.waitUntil(() => asked.length === Math.min(expected + done, count), {
        timeout: 30_000,
        interval: 1,
      });
      asked[done]!();
    }
    expect(await copying).toMatchObject({ copied: count });
  }
});

test("is given up at once, also when an object hangs", async () => {
  const { source, target, asked } = hanging(3, 1);
  const stop = new AbortController();
  const copying = copyObjects({ ...between(source, target), signal: stop.signal });
  await vi.waitUntil(() => asked.length === 3);
  stop.abort(new Error("enough"));
  await expect(copying).rejects.toThrow("enough");
  await expect(copyObjects({ ...between(source, target), signal: stop.signal })).rejects.toThrow("enough");
});

test("says how far it is", async () => {
  const source = memoryStore(
    Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`org/${index}`, "12"])),
  );
  const said: Progress[] = [];
  await copyObjects({ ...between(source, memoryStore()), report: (progress) => said.push(progress) });
  expect(said.at(-1)).toEqual({ what: "objects", done: 50, of: 50, bytes: 100 });
});

await describeWith(s3, "with an S3 server", (newBucket) => {
  test("a directory's objects are in a bucket, and back in another directory, as they were", async () => {
    const [one, other] = [0, 0].map(() => {
      const directory = mkdtempSync(join(tmpdir(), "testfarm-copy-"));
      atEnd(() => rmSync(directory, { recursive: true }));
      return storeOf(storages.disk(directory));
    }) as [ObjectStore, ObjectStore];
    const bucket = storeOf(await storages.s3(await newBucket()));
    for (let index = 0; index < 60; index++)
      await one.put(`org/a/session/${index % 3}/${index}.webp`, Buffer.alloc(index * 1_000, index));
    expect(await copyObjects(between(one, bucket))).toMatchObject({ objects: 60, copied: 60 });
    expect(await copyObjects(between(one, bucket))).toMatchObject({ objects: 60, copied: 0 });
    expect(await copyObjects(between(bucket, other))).toMatchObject({ copied: 60 });
    const objects = await listed(one);
    expect(await listed(other)).toEqual(objects);
    for (const { key } of objects) expect(await other.hash(key)).toBe(await one.hash(key));
  });
});
