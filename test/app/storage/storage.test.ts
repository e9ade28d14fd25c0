import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { pictureKey, pictureType, sessionPrefix } from "../../../app/storage/contract.ts";
import { storages } from "../../../app/storage/index.ts";

const directories: string[] = [];
const temporary = async () => {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-storage-"));
  directories.push(directory);
  return directory;
};

afterEach(async () => {
  for (const each of directories.splice(0)) await rm(each, { recursive: true });
});

/** One row for each provider: how its suite gets an empty storage. */
const rows = [{ name: "disk", open: async () => storages.disk(await temporary()) }] as const;

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

describe.each(rows)("the storage on $name", ({ open }) => {
  test("gives back what was put under a key, and the newer of two", async () => {
    const storage = await open();
    await storage.put("org/a/1.png", bytes("first"));
    await storage.put("org/a/1.png", bytes("second"));
    expect(Buffer.from((await storage.get("org/a/1.png"))!).toString()).toBe("second");
  });

  test("has nothing under a key that was never put, nor under a part of one", async () => {
    const storage = await open();
    await storage.put("org/ab/1.png", bytes("picture"));
    expect(await storage.get("org/ab/2.png")).toBeUndefined();
    expect(await storage.get("org/x/1.png")).toBeUndefined();
  });

  test("removes all under a prefix and nothing beside it, and nothing there is no error", async () => {
    const storage = await open();
    for (const key of ["s/1/1.png", "s/1/2/1.png", "s/10/1.png"]) await storage.put(key, bytes(key));
    await storage.removeAll("s/1/");
    await storage.removeAll("s/1/");
    expect(await storage.get("s/1/1.png")).toBeUndefined();
    expect(await storage.get("s/1/2/1.png")).toBeUndefined();
    expect(await storage.get("s/10/1.png")).toBeDefined();
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
    await expect(storage.removeAll(`${key}/`)).rejects.toThrow("is no storage key");
  });

  test("refuses a prefix that does not end a name", async () => {
    await expect((await open()).removeAll("s/1")).rejects.toThrow('must end in "/"');
  });
});

test("a reader of the disk never sees half a picture: a file has its name only when it is whole", async () => {
  const directory = await temporary();
  const storage = storages.disk(directory);
  await writeFile(join(directory, "1.png"), "old");
  const big = new Uint8Array(20_000_000).fill(1);
  const putting = storage.put("1.png", big);
  const seen = new Set<number>();
  for (let n = 0; n < 50; n++) seen.add((await storage.get("1.png"))!.length);
  await putting;
  seen.add((await storage.get("1.png"))!.length);
  expect([...seen].toSorted((a, b) => a - b)).toEqual([3, big.length]);
  expect(await readdir(directory)).toEqual(["1.png"]);
});

const webp = Buffer.from("RIFF____WEBPVP8 ", "latin1");
const png = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
const position = { orgId: "o", sessionId: "s", attempt: 2, step: 14 };

test.each([
  { image: webp, key: "org/o/session/s/2/14.webp", type: "image/webp" },
  { image: png, key: "org/o/session/s/2/14.png", type: "image/png" },
])(
  "a picture's key $key says whose it is, of which attempt and step, and what it is",
  ({ image, key, type }) => {
    expect(pictureKey(position, image)).toBe(key);
    expect(pictureType(key)).toBe(type);
    expect(key.startsWith(sessionPrefix(position))).toBe(true);
  },
);

test("an image of another kind is no picture", () => {
  expect(() => pictureKey(position, Buffer.from("<svg/>"))).toThrow("must be WebP or PNG");
});
