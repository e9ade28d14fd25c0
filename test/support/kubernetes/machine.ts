import { spawn } from "node:child_process";
import { once } from "node:events";
import { rootCommand } from "../root.ts";

/** A machine made of the kernel's namespaces: network, mounts, processes and name of its own, the files of this one. */
export interface Machine {
  /** Of its first process, here. */
  readonly pid: number;
  /** The same command on it, as root of this machine runs it. */
  readonly enter: (...command: string[]) => string[];
  /** Turns it off: what ran on it runs no more, its mounts and interfaces are gone. */
  readonly end: () => Promise<void>;
}

const kinds = ["--net", "--mount", "--pid", "--uts", "--ipc"];

export interface MachineOptions {
  /** A script of sh that is run on it, as root. */
  readonly setUp: string;
  /** One that this machine runs when the other is no more, also when that is because this process was killed. */
  readonly cleanUp?: string;
  /** A machine inside of another ends with that one. */
  readonly enter?: (...command: string[]) => string[];
}

/** It is on until it is ended, or this process is no more. @throws when `setUp` fails. */
export async function startMachine({
  setUp,
  cleanUp = "",
  enter = (...command) => command,
}: MachineOptions): Promise<Machine> {
  // `/proc` is the outer one's at first: there the first process learns what it is called here. It waits for `cat`, which
  // ends when its input does, and meanwhile for orphans, as a first process must.
  const inside = `set -e
read -r pid rest < /proc/self/stat
{
${setUp}
} >&2
echo "$pid"
cat
exit`;
  const outside = `unshare ${kinds.join(" ")} --fork --kill-child sh -c "$1"\n${cleanUp}`;
  const [file, ...args] = rootCommand(enter("sh", "-c", outside, "sh", inside));
  // Detached: a signal to this process's group does not reach who cleans up.
  const holder = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"], detached: true });
  const exit = once(holder, "exit");
  const pid = await Promise.race([
    once(holder.stdout, "data").then(([line]) => Number(line)),
    exit.then(([code]) => Promise.reject(new Error(`starting a machine of namespaces ended with ${code}`))),
  ]);
  return {
    pid,
    enter: (...command) => ["nsenter", `--target=${pid}`, ...kinds, ...command],
    async end() {
      holder.stdin.end();
      await exit;
    },
  };
}
