/**
 * A command as `@pulumi/command` runs it, by what its SDK says of `create`, `update` and `delete`: an update without a command
 * of its own runs `create` again, a deletion without one does nothing.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Properties, Value } from "../../../../components/provider/contract.ts";
import type { Effects } from "../effects.ts";

const run = promisify(execFile);

interface Command extends Properties {
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
  readonly dir?: string;
  readonly environment?: { [name: string]: Value };
}

async function runIn(inputs: Command, command: string | undefined, signal: AbortSignal): Promise<Properties> {
  if (command === undefined) return {};
  const env = { ...process.env, ...(inputs.environment as Record<string, string> | undefined) };
  const { dir: cwd } = inputs;
  try {
    const options = { env, signal, maxBuffer: 64 * 1024 * 1024, ...(cwd !== undefined && { cwd }) };
    const { stdout, stderr } = await run("/bin/sh", ["-c", command], options);
    return { stdout: stdout.replace(/\n$/, ""), stderr: stderr.replace(/\n$/, "") };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    throw new Error(`exit status ${String(code)}: running ${JSON.stringify(command)}:\n${stdout}${stderr}`, {
      cause: error,
    });
  }
}

export const localCommand: Effects = {
  create: (inputs: Command, _, signal) => runIn(inputs, inputs.create, signal),
  update: (inputs: Command, _, signal) => runIn(inputs, inputs.update ?? inputs.create, signal),
  async delete(old: Command, _, signal) {
    await runIn(old, old.delete, signal);
  },
};
