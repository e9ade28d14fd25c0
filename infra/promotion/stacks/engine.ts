import { constants } from "node:fs";
import { access, chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
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
    `{ echo $$; LC_ALL=C TZ=UTC ps -o lstart= -p $$; } > ${quoted(noteIn(directory))}`,
    // Without the directory of this script, which would find itself.
    `PATH=${quoted(process.env["PATH"] ?? "")} exec ${apart} ${quoted(await findPulumi())} "$@"`,
    "",
  ];
  const path = join(bin, "pulumi");
  await writeFile(path, script.join("\n"));
  await chmod(path, 0o700);
  return PulumiCommand.get({ root: directory });
}

/** Ends the last command that a killed runner has started, if it goes on still. */
export async function endNoted(directory: string): Promise<void> {
  const noted = await readNote(noteIn(directory));
  const [pid, startedAt = ""] = noted.split("\n");
  if (pid) await endOrphan({ pid: Number(pid), startedAt: startedAt.trim() });
}

const noteIn = (directory: string): string => join(directory, "process");
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
