import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A temporary directory for one test file: everything the browsers of this process write is under it. */
export function ownTemporaryDirectory() {
  const before = process.env["TMPDIR"];
  const path = mkdtempSync(join(tmpdir(), "testfarm-test-"));
  process.env["TMPDIR"] = path;
  return {
    path,
    /** Directories of browsers in it. */
    scratch: () => readdirSync(path).filter((name) => name.startsWith("testfarm-browser-")),
    remove() {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Process ids of the browsers that write under a directory. */
export function browsersUnder(directory: string): number[] {
  return execFileSync("ps", ["-axww", "-o", "pid=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(`--user-data-dir=${directory}`))
    .map((line) => Number.parseInt(line, 10));
}

/** Waits until a condition holds. @throws when it does not within the time. */
export async function eventually(condition: () => boolean, milliseconds = 15_000): Promise<void> {
  for (const end = Date.now() + milliseconds; !condition(); await sleep(50)) {
    if (Date.now() > end) throw new Error(`Not within ${milliseconds} ms: ${condition.toString()}`);
  }
}
