import type { Env } from "../env.ts";
import { createLog } from "../telemetry/log.ts";
import { readArguments, type SmokeArguments } from "./arguments.ts";
import { CheckFailed } from "./checks.ts";
import { visit } from "./visit.ts";

/**
 * The role `smoke`: with nothing but the outputs of a stack it does what a user does, and prints a line for each check. It
 * ends with 1 at the first that fails, and with 2 when its arguments are wrong.
 */
export async function smoke(env: Env<"smoke">, args: readonly string[]): Promise<void> {
  let options: SmokeArguments;
  try {
    options = readArguments(args);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
    return;
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => stop.abort(new Error("it was told to end")));
  try {
    // What goes wrong inside the API is told, what it does is not.
    await visit(env, options, { write: console.log, log: createLog("smoke", "warn"), signal: stop.signal });
  } catch (error) {
    if (!(error instanceof CheckFailed)) throw error;
    process.exitCode = 1;
  }
}
