import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeLock } from "../../../app/embedded/lock.ts";
import type { Lock } from "../../../app/embedded/lock.ts";

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "testfarm-lock-"));
});
afterEach(() => rm(home, { recursive: true }));

test("a second one learns that the first one is starting, and then where it is to be opened", async () => {
  const lock = (await takeLock(home)) as Lock;
  expect(await takeLock(home)).toEqual({ url: "" });
  lock.announce("http://localhost:3001");
  expect(await takeLock(home)).toEqual({ url: "http://localhost:3001" });
  await lock.release();
});

test("a lock that is released leaves nothing behind and can be taken again", async () => {
  await ((await takeLock(home)) as Lock).release();
  expect(await readdir(home)).toEqual([]);
  const again = await takeLock(home);
  expect(again).not.toHaveProperty("url");
  await (again as Lock).release();
});

test("the lock of a process that was killed can be taken", async () => {
  const script = `import { takeLock } from "./app/embedded/lock.ts"; await takeLock(process.argv[1]); console.log("held")`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script, home]);
  await once(child.stdout, "data");
  expect(await takeLock(home)).toEqual({ url: "" });
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await readdir(home)).toEqual(["running.sock"]);
  const lock = await takeLock(home);
  expect(lock).not.toHaveProperty("url");
  await (lock as Lock).release();
});

test("a directory whose path is too long for a lock is refused with its length", async () => {
  await expect(takeLock(join(home, "x".repeat(100)))).rejects.toThrow(
    /TESTFARM_HOME is too long: .* at most 103/,
  );
});
