import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const directory = mkdtempSync(join(tmpdir(), "testfarm-executable-"));
afterAll(() => rmSync(directory, { recursive: true }));

test.each([
  ["a stand-in", ["stand-in/main.ts", "random", directory]],
  ["the language host", ["language-host.ts"]],
])("%s prints its port first, and ends when the engine is killed", async (_, [file = "", ...args]) => {
  const program = [process.execPath, "--import", "tsx", join(import.meta.dirname, file), ...args];
  // A shell is the engine: it starts the program, tells its process id, and waits.
  const engine = spawn("sh", ["-c", '"$@" & echo $! >&2; wait', "sh", ...program, "127.0.0.1:1"]);
  const [pid] = (await once(engine.stderr, "data")) as [Buffer];
  const [port] = (await once(engine.stdout, "data")) as [Buffer];
  expect(String(port)).toMatch(/^\d+\n$/);
  expect(isRunning(Number(pid))).toBe(true);
  engine.kill("SIGKILL");
  await expect.poll(() => isRunning(Number(pid)), { timeout: 10_000 }).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
