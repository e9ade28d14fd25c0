import type { OpenStack } from "./index.ts";
import { type OperatorRole, variablesOf } from "./role-variables.ts";

/** What a shell tells of a program that a signal has ended: https://tldp.org/LDP/abs/html/exitcodes.html */
const interrupted = 130;

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
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    const { stdout, stderr } = process;
    const oneShot = { role, args, variables: variablesOf(stack, role), output: { stdout, stderr } };
    const code = await stack.access.run(oneShot, stop.signal);
    return stop.signal.aborted ? interrupted : code;
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}
