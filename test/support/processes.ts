import { execFile } from "node:child_process";
import { promisify } from "node:util";

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/** What runs now; a process that has ended and that nobody has waited for does not. */
async function listProcesses(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,ppid=,stat="]);
  const rows = stdout.trim().split("\n");
  return rows
    .map((row) => row.trim().split(/\s+/) as [string, string, string])
    .filter(([, , state]) => !state.startsWith("Z"))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}

/** A process and all that it has started, and what those have. */
export async function processTree(root: number): Promise<number[]> {
  const all = await listProcesses();
  const below = (pid: number): number[] => [
    pid,
    ...all.filter(({ parent }) => parent === pid).flatMap((child) => below(child.pid)),
  ];
  return below(root);
}

export async function stillRunning(pids: readonly number[]): Promise<number[]> {
  const all = await listProcesses();
  return all.map(({ pid }) => pid).filter((pid) => pids.includes(pid));
}
