import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import project from "../../../../package.json" with { type: "json" };

const root = process.cwd();
/** What `npm run` gives to Node. */
const [, ...command] = project.scripts["import:sqlite"].split(" ");

/** Writes the process's largest memory, in KB, to its fourth file. */
const measuring = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from "node:fs";
  process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)));`,
)}`;

/**
 * `npm run import:sqlite -- <args>` as a process with exactly that environment. Its largest memory is in megabytes, and NaN
 * where it was killed.
 */
export function startImport(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ["--import", measuring, ...command, ...args], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const ended = Promise.all([
    once(child, "exit") as Promise<[number | null]>,
    text(child.stdout!),
    text(child.stderr!),
    text(child.stdio[3] as Readable),
  ]).then(([[code], stdout, stderr, peak]) => ({
    code,
    stdout,
    stderr,
    megabytes: peak === "" ? Number.NaN : Number(peak) / 1024,
  }));
  return { child, ended };
}

/**
 * A directory for the PATH with a `pulumi` that tells these outputs of a stack at companies.
 *
 * @param directory that it is made in.
 */
export async function pulumiOf(
  directory: string,
  outputs: Readonly<Record<string, string>>,
): Promise<string> {
  const bin = join(directory, "bin");
  const told = JSON.stringify({ ACCESS: JSON.stringify({ kind: "companies" }), ...outputs });
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "outputs.json"), told, { mode: 0o600 });
  await writeFile(join(bin, "pulumi"), `#!/bin/sh\nexec cat ${join(bin, "outputs.json")}\n`, { mode: 0o755 });
  return bin;
}
