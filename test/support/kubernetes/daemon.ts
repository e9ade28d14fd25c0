import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A program that runs until it is ended, and at the latest when this process is no more. */
export interface Daemon {
  /**
   * Resolves when the check does, which is asked again and again, for two minutes.
   *
   * @throws with the last lines of the program's log.
   */
  readonly ready: (check: () => Promise<unknown>) => Promise<void>;
  readonly end: () => Promise<void>;
}

/** @param log file that has all it says. */
export function startDaemon(log: string, command: readonly string[]): Daemon {
  const output = openSync(log, "a");
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], { stdio: ["ignore", output, output] });
  closeSync(output);
  const exit = once(child, "exit");
  return {
    async ready(check) {
      const deadline = Date.now() + 120_000;
      for (;;) {
        const trouble = await check().then(
          () => undefined,
          (error: unknown) => ({ error }),
        );
        if (!trouble) return;
        const ended = child.exitCode ?? child.signalCode;
        if (ended !== null || Date.now() > deadline) {
          const state = ended === null ? "is not ready after two minutes" : `ended with ${ended}`;
          const said = readFileSync(log, "utf8").trim().split("\n").slice(-20).join("\n");
          throw new Error(`${command.join(" ")} ${state}:\n${said}`, { cause: trouble.error });
        }
        await sleep(100);
      }
    },
    async end() {
      child.kill("SIGKILL");
      await exit;
    },
  };
}
