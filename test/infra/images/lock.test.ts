import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pinned, readLock } from "../../../infra/images/lock.ts";

const digest = `sha256:${"0".repeat(64)}`;
let directory: string;
let path: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "testfarm-lock-"));
  path = join(directory, "images.lock.json");
});
afterAll(() => rmSync(directory, { recursive: true }));

test("without a file there are no digests", () => {
  expect(readLock(join(directory, "none.json"))).toEqual({});
});

test("a digest of the lock stands behind the tag, and only there", () => {
  writeFileSync(path, JSON.stringify({ "caddy:2": digest }));
  const lock = readLock(path);
  expect(pinned("caddy:2", lock)).toBe(`caddy:2@${digest}`);
  expect(pinned("caddy:3", lock)).toBe("caddy:3");
});

test.each([
  ["{", "is not JSON"],
  ["[]", "must be an object of digests by image"],
  ['{ "caddy:2": "sha256:12" }', 'has "sha256:12" for caddy:2, which must be sha256: and 64'],
])("a lock file that says %s is an error with the command that writes it", (content, reason) => {
  writeFileSync(path, content);
  expect(() => readLock(path)).toThrow(`${path} ${reason}`);
  expect(() => readLock(path)).toThrow("write it anew: npm run pin-images");
});
