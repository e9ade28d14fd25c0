import { Writable } from "node:stream";
import type { OpenStack } from "./index.ts";
import { variablesOf } from "./role-variables.ts";
import { untilInterrupted } from "./run-role.ts";

/**
 * Restores a stack's database as it was at a moment: a second server comes back to it beside the one that is served, and the
 * role `restore` copies from there. Whatever happens, also Ctrl-C, that server and its files are removed.
 *
 * @param at as the operator has written it; the role says what is wrong with it.
 * @returns the exit code for this process.
 * @throws {AccessError} when it cannot be run.
 */
export async function restoreMoment(stack: OpenStack, at: string): Promise<number> {
  const { access } = stack;
  const { stdout, stderr } = process;
  const output = { stdout, stderr };
  const said: Buffer[] = [];
  const heard = new Writable({ write: (chunk: Buffer, _, done) => (said.push(chunk), done()) });
  const variables = variablesOf(stack, "restore");
  return untilInterrupted(async (signal) => {
    const scratch = await access.scratch();
    const restore = (args: string[], stop: AbortSignal) =>
      access.run({ role: "restore", args, variables, output, scratch }, stop);
    try {
      const prepared = await restore([`--at=${at}`, `--into=${scratch.directory}`], signal);
      if (prepared !== 0 || signal.aborted) return prepared;
      const over = new AbortController();
      const either = AbortSignal.any([signal, over.signal]);
      // Each of them has nothing to do without the other one.
      const [copied, recovered] = await Promise.allSettled([
        restore([`--from=${scratch.directory}`], either).finally(() => over.abort()),
        access.recover(scratch, { stdout: heard, stderr: heard }, either).finally(() => over.abort()),
      ]);
      if (copied.status === "rejected") throw copied.reason;
      if (recovered.status === "rejected") throw recovered.reason;
      // Of a server that goes as it should nobody need read anything.
      if (recovered.value !== 0) stderr.write(Buffer.concat(said));
      return copied.value;
    } finally {
      await scratch.remove();
    }
  });
}
