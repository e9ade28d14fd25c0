import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { pictureKey, pictureType, sessionPrefix } from "../../../app/storage/contract.ts";
import { storages } from "../../../app/storage/index.ts";
import { bytes, listed, storageSuite } from "./suite.ts";

const directories: string[] = [];
const temporary = async () => {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-storage-"));
  directories.push(directory);
  return directory;
};

afterEach(async () => {
  for (const each of directories.splice(0)) await rm(each, { recursive: true });
});

storageSuite("disk", async () => storages.disk(await temporary()));

test("the disk serves nobody but the application", async () => {
  const storage = storages.disk(await temporary());
  await storage.put("1.png", bytes("picture"));
  expect(await storage.presign("1.png")).toBeUndefined();
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

test("what a process leaves that is killed while it writes is no object", async () => {
  const directory = await temporary();
  await storages.disk(directory).put("a/1.png", bytes("whole"));
  const script = `
    import { storages } from "./app/storage/index.ts";
    process.send("begins");
    await storages.disk(process.argv[1]).put("a/2.png", new Uint8Array(2 ** 30));`;
  const program = ["--import", "tsx", "--input-type=module", "--eval", script, directory];
  const child = spawn(process.execPath, program, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = once(child, "exit");
  await vi.waitUntil(async () => (await readdir(join(directory, "a"))).length === 2, {
    timeout: 30_000,
    interval: 1,
  });
  child.kill("SIGKILL");
  expect(await ended).toEqual([null, "SIGKILL"]);
  expect(await readdir(join(directory, "a"))).toHaveLength(2);
  expect(await listed(storages.disk(directory))).toEqual([{ key: "a/1.png", bytes: 5 }]);
});

test("what is no object is not listed: what a file system puts there, and links", async () => {
  const directory = await temporary();
  await mkdir(join(directory, "lost+found"));
  await writeFile(join(directory, "lost+found", "1.png"), "picture");
  await symlink("/etc", join(directory, "link"));
  await storages.disk(directory).put("1.png", bytes("picture"));
  expect(await listed(storages.disk(directory))).toEqual([{ key: "1.png", bytes: 7 }]);
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
