import { spawn } from "node:child_process";
import { once } from "node:events";
import { rootCommand } from "./root.ts";

/** Namespaces that are there until they are closed, or this process is no more. */
export interface Namespaces {
  /** The same command inside. */
  readonly enter: (...command: string[]) => [string, ...string[]];
  readonly close: () => Promise<void>;
}

/**
 * New namespaces of the kernel, with the machine's files.
 *
 * @param setUp a script of sh that is run inside, as root.
 * @throws when the script fails.
 */
export async function unshare(kinds: readonly ("net" | "mount")[], setUp: string): Promise<Namespaces> {
  const options = kinds.map((kind) => `--${kind}`);
  // `cat` ends when its input does.
  const script = `set -e\n${setUp}\necho $$\nexec cat`;
  const [file, ...args] = rootCommand(["unshare", ...options, "sh", "-c", script]);
  const holder = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  const exit = once(holder, "exit");
  const line = await Promise.race([
    once(holder.stdout, "data").then(([data]) => String(data)),
    exit.then(([code]) => Promise.reject(new Error(`setting up namespaces ended with ${code}`))),
  ]);
  return {
    enter: (...command) => ["nsenter", `--target=${line.trim()}`, ...options, ...command],
    async close() {
      holder.stdin.end();
      await exit;
    },
  };
}
