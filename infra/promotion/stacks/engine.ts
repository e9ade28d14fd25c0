import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { noPulumi } from "../../access/outputs.ts";
import { AccessError } from "../../contracts/access.ts";
import { endOrphan } from "./orphan.ts";

/**
 * Becomes the leader of a session of its own, and then a program: Ctrl-C and a terminal that hangs up are the runner's to
 * hear, and do not reach an update in its middle. macOS has no `setsid`.
 */
const apart =
  process.platform === "darwin" ? `perl -e 'use POSIX; POSIX::setsid(); exec @ARGV' --` : "setsid";

/**
 * The operator's Pulumi, which notes the process of each command in `directory` before it becomes that process: whoever goes
 * on after a runner that was killed finds what it has left running.
 */
export async function notedPulumi(directory: string): Promise<PulumiCommand> {
  const bin = join(directory, "bin");
  await mkdir(bin, { recursive: true, mode: 0o700 });
  const script = [
    "#!/bin/sh",
    `echo "$$ $(LC_ALL=C TZ=UTC ps -o lstart= -p $$)" >> ${quoted(noteIn(directory))}`,
    // Without the directory of this script, which would find itself.
    `PATH=${quoted(process.env["PATH"] ?? "")} exec ${apart} ${quoted(await findPulumi())} "$@"`,
    "",
  ];
  const path = join(bin, "pulumi");
  await writeFile(path, script.join("\n"));
  await chmod(path, 0o700);
  return PulumiCommand.get({ root: directory });
}

/**
 * Runs one command of it, where the Automation API would put what it hands over among the arguments, which every user of
 * the machine can read.
 *
 * @param options.input what it reads.
 * @throws with what it has said.
 */
export async function runPulumi(
  directory: string,
  args: readonly string[],
  { cwd, input }: { readonly cwd: string; readonly input: string },
): Promise<void> {
  const running = promisify(execFile)(join(directory, "bin", "pulumi"), [...args], { cwd });
  running.child.stdin?.end(input);
  await running.catch(({ stderr, message }: Error & { stderr?: string }) => {
    throw new Error(stderr || message);
  });
}

/** Ends the last command that a killed runner has started, if it goes on still: there is one at a time. */
export async function endNoted(directory: string): Promise<void> {
  const [, pid, startedAt] = /^(\d+) (.*\S)\s*$/.exec((await notes(directory)).at(-1) ?? "") ?? [];
  if (pid && startedAt) await endOrphan({ pid: Number(pid), startedAt });
}

/**
 * Whether a lock is of one of these commands: its file says of whom it is
 * (`pkg/backend/diy/lock.go` of https://github.com/pulumi/pulumi: `created by <user>@<host> (pid <number>) at <time>`).
 */
export async function isNoted(directory: string, lock: string): Promise<boolean> {
  const holders = [...lock.matchAll(/created by \S*@(\S+) \(pid (\d+)\)/g)];
  const pids = (await notes(directory)).map((line) => line.split(" ")[0]);
  return holders.length > 0 && holders.every(([, host, pid]) => host === hostname() && pids.includes(pid));
}

const noteIn = (directory: string): string => join(directory, "processes");
const notes = async (directory: string): Promise<string[]> =>
  (await readNote(noteIn(directory))).split("\n").filter((line) => line !== "");
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

async function readNote(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

async function findPulumi(): Promise<string> {
  for (const directory of (process.env["PATH"] ?? "").split(delimiter).filter(isAbsolute)) {
    const path = join(directory, "pulumi");
    try {
      await access(path, constants.X_OK);
      return path;
    } catch (error) {
      if (!["ENOENT", "ENOTDIR", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  throw new AccessError(noPulumi);
}
