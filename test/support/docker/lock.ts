import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One at a time on this machine, whichever test file asks; a process that dies lets go. */
export async function withLock<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const file = join(tmpdir(), `testfarm-${name}.lock`);
  // `cat` ends, and with it the lock, when this process closes its end or is no more.
  const holder = spawn("flock", [file, "sh", "-c", "echo held && exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(holder, "exit");
  await Promise.race([
    once(holder.stdout, "data"),
    ended.then(([code]) => Promise.reject(new Error(`flock ${file} ended with ${code}`))),
  ]);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
