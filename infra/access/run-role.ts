import type { OpenStack } from "./index.ts";
import { type OperatorRole, variablesOf } from "./role-variables.ts";

/** What a shell tells of a program that a signal has ended: https://tldp.org/LDP/abs/html/exitcodes.html */
const interrupted = 130;

/** Does something that Ctrl-C lets clean up and end. @returns the exit code for this process. */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    const code = await work(stop.signal);
    return stop.signal.aborted ? interrupted : code;
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/**
 * Runs a role once beside a stack's services, on this terminal. Ctrl-C lets it clean up and end.
 *
 * @returns the exit code for this process.
 * @throws {AccessError} when it cannot be run.
 */
export async function runRole(
  stack: OpenStack,
  role: OperatorRole,
  args: readonly string[],
): Promise<number> {
  const { stdout, stderr } = process;
  const oneShot = { role, args, variables: variablesOf(stack, role), output: { stdout, stderr } };
  return untilInterrupted((signal) => stack.access.run(oneShot, signal));
}
