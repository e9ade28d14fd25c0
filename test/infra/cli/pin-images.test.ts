import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readLock } from "../../../infra/images/lock.ts";
import { basesOf, thirdParty } from "../../../infra/images/third-party.ts";
import { digest, type Manifest, openRegistry, type Registry } from "../images/registry-server.ts";
import { root } from "./run.ts";

const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const images = [...new Set([...Object.values(thirdParty), ...Object.values(basesOf(dockerfile))])];
const index = (image: string): Manifest => ({ body: JSON.stringify({ schemaVersion: 2, image }) });

let directory: string;
let output: string;
let registry: Registry | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "testfarm-pin-"));
  output = join(directory, "images.lock.json");
});
afterEach(() => {
  registry?.close();
  rmSync(directory, { recursive: true });
});

const pinImages = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const command = ["--import", "tsx", join(root, "infra/cli/pin-images.ts"), ...args];
    execFile(process.execPath, command, { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

async function pin(known: readonly string[]) {
  registry = await openRegistry(Object.fromEntries(known.map((image) => [`library/${image}`, index(image)])));
  return pinImages("--mirror", registry.address, "--output", output);
}

test("the Dockerfile's bases are pinned with the images of the containers", () => {
  expect(images.map((image) => image.split(":")[0]).toSorted()).toEqual([
    "caddy",
    "node",
    "postgres",
    "redis",
  ]);
});

test("writes the digest of every image, and forgets those that nothing names any more", async () => {
  writeFileSync(output, JSON.stringify({ "caddy:1": `sha256:${"0".repeat(64)}` }));
  const { code, stdout, stderr } = await pin(images);
  expect([code, stderr]).toEqual([0, ""]);
  expect(readLock(output)).toEqual(Object.fromEntries(images.map((image) => [image, digest(index(image))])));
  expect(stdout).toContain(`${thirdParty.redis}@${digest(index(thirdParty.redis))}`);
});

test("writes nothing when one image has no digest, and names that one", async () => {
  const { code, stderr } = await pin(images.filter((image) => image !== thirdParty.redis));
  expect(code).toBe(1);
  expect(stderr).toMatch(/^No file is written; no digest of:\n {2}redis:\S+: http\S+ answered 404\n$/);
  expect(existsSync(output)).toBe(false);
});

test("ends with 2 and the help when it does not know an option", async () => {
  const { code, stderr } = await pinImages("--registry", "x");
  expect(code).toBe(2);
  expect(stderr).toMatch(/^Unknown option '--registry'\n\nnpm run pin-images/);
});
