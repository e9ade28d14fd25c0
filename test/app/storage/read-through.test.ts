import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { storages } from "../../../app/storage/index.ts";
import { readThrough } from "../../../app/storage/read-through.ts";
import { atEnd } from "../../support/at-end.ts";
import { bytes, listed } from "./suite.ts";

async function disk() {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-read-through-"));
  atEnd(() => rm(directory, { recursive: true }));
  return storages.disk(directory);
}

test("what a storage does not have is read from the older one, which is changed by nothing", async () => {
  const [own, older] = [await disk(), await disk()];
  const storage = readThrough(own, older);
  await older.put("a/1.png", bytes("old"));
  await older.put("a/2.png", bytes("old"));
  await storage.put("a/2.png", bytes("new"));
  const read = async (key: string) => {
    const found = await storage.get(key);
    return found && Buffer.from(found).toString();
  };
  expect([await read("a/1.png"), await read("a/2.png"), await read("a/3.png")]).toEqual([
    "old",
    "new",
    undefined,
  ]);
  await storage.removeAll("a/");
  expect([await listed(storage), (await listed(older)).length]).toEqual([[], 2]);
});

test("no address is given out, which would lead past the older one", async () => {
  const storage = readThrough(
    { ...(await disk()), presign: async () => "https://bucket.test/1.png" },
    await disk(),
  );
  expect(await storage.presign("1.png")).toBeUndefined();
});
