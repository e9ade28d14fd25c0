import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { freePort } from "../../app/embedded/port.ts";

/** A role that listens, in a process of its own, as a container runs it. */
export async function startRole(role: "browser" | "egress", env: Readonly<Record<string, string>>) {
  const port = await freePort();
  const child = spawn(process.execPath, ["--import", "tsx", "app/main.ts", role], {
    env: { ...process.env, PORT: String(port), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const errors: string[] = [];
  child.stderr.on("data", (text) => errors.push(String(text)));
  const listening = new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on("line", (line) => {
      lines.push(line);
      if (line.includes('"listening"')) resolve();
    });
    child.once("exit", (code) => reject(new Error(`The role ended with ${code}:\n${errors.join("")}`)));
  });
  await listening;
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    /** What it has logged. */
    log: () => lines.join("\n"),
    /** SIGTERM. Resolves to the exit code. */
    async end(): Promise<number | null> {
      if (child.exitCode !== null) return child.exitCode;
      const exited = once(child, "exit") as Promise<[number | null]>;
      child.kill("SIGTERM");
      return (await exited)[0];
    },
  };
}
