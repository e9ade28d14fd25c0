import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Role } from "../../app/env.ts";
import { freePort } from "../../app/embedded/port.ts";
import { atEnd } from "./at-end.ts";

export type RoleProcess = Awaited<ReturnType<typeof startRole>>;

/**
 * A role that listens, in a process of its own, as a container runs it. It is killed at the end of the file.
 *
 * @param env `PORT` for one that comes in another one's place. Default: a free one.
 * @param inherited what else it has. Default: what this process has.
 */
export async function startRole(
  role: Exclude<Role, "all" | "migrate">,
  env: Readonly<Record<string, string>>,
  inherited: NodeJS.ProcessEnv = process.env,
) {
  const port = Number(env["PORT"] ?? (await freePort()));
  const child = spawn(process.execPath, ["--import", "tsx", "app/main.ts", role], {
    env: { ...inherited, ...env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit") as Promise<[number | null]>;
  const lines: string[] = [];
  const errors: string[] = [];
  child.stderr.on("data", (text) => errors.push(String(text)));
  const listening = new Promise<void>((resolve) => {
    createInterface(child.stdout).on("line", (line) => {
      lines.push(line);
      if (/"msg":"(listening|waiting for sessions)"/.test(line)) resolve();
    });
  });
  const signal = async (name: NodeJS.Signals): Promise<number | null> => {
    child.kill(name);
    return (await exited)[0];
  };
  atEnd(() => signal("SIGKILL"));
  const failed = exited.then(([code]) => {
    throw new Error(`The role ended with ${code}:\n${errors.join("")}`);
  });
  await Promise.race([listening, failed]);
  failed.catch(() => undefined);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    /** What it has logged. */
    log: () => lines.join("\n"),
    /** What it has said besides. */
    errors: () => errors.join(""),
    /** SIGTERM. Resolves to the exit code. */
    end: () => signal("SIGTERM"),
    /** SIGKILL. */
    async kill(): Promise<void> {
      await signal("SIGKILL");
    },
  };
}
