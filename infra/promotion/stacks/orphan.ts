import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** A process of this machine, such that another one that has got its number later is not taken for it. */
interface ProcessRecord {
  readonly pid: number;
  /** As `startOf` tells it. */
  readonly startedAt: string;
}

/** When a process was started, as `ps` has it; `undefined` when it has ended. */
export async function startOf(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" },
    });
    const [, state, startedAt] = /^(\S+)\s+(.+?)\s*$/.exec(stdout.trim()) ?? [];
    // One that nobody has waited for has ended all the same.
    return state?.startsWith("Z") ? undefined : startedAt;
  } catch (error) {
    // It finds none.
    if ((error as { code?: unknown }).code === 1) return undefined;
    throw error;
  }
}

/**
 * Ends a process that a killed runner has left behind, if it is there still: asks it to, and waits.
 *
 * @param patience milliseconds until it is killed. A Pulumi process that is asked ends what it has begun first.
 */
export async function endOrphan({ pid, startedAt }: ProcessRecord, patience = 10 * 60_000): Promise<void> {
  const deadline = Date.now() + patience;
  for (
    let signal: NodeJS.Signals | undefined = "SIGINT";
    (await startOf(pid)) === startedAt;
    signal = undefined
  ) {
    if (signal) process.kill(pid, signal);
    else if (Date.now() >= deadline) process.kill(pid, "SIGKILL");
    await sleep(100);
  }
}
