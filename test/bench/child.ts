import { spawn } from "node:child_process";
import { once } from "node:events";

/** What one run of a program took. */
export interface Run {
  /** Wall time in seconds, from start to exit. */
  readonly seconds: number;
  /** Largest resident memory of its process in MB. */
  readonly megabytes: number;
}

/** Writes the peak to the fourth file, which the program itself does not know. */
const preload = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from "node:fs";
  process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)));`,
)}`;

/** Runs a TypeScript program as `npm run` does, without npm. */
export async function run(cwd: string, program: string, ...args: string[]): Promise<Run> {
  const started = performance.now();
  const child = spawn(process.execPath, ["--import", "tsx", "--import", preload, program, ...args], {
    cwd,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let [peak, errors] = ["", ""];
  child.stdio[3]?.on("data", (chunk: Buffer) => (peak += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, "exit")) as [number | null];
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${errors}`);
  return { seconds, megabytes: Number(peak) / 1024 };
}
