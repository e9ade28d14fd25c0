import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { AccessError } from "../contracts/access.ts";

const run = promisify(execFile);

/** A stack's outputs that are text, which all are that the application reads. */
export type Outputs = Readonly<Record<string, string>>;

/**
 * What a stack exports, secrets in clear, as the `pulumi` on the PATH tells it. Backend, login and passphrase are those of
 * its own environment.
 *
 * @throws {AccessError} where there is no Pulumi, no such stack, or nothing that it exports.
 */
export async function readOutputs(stack: string): Promise<Outputs> {
  const printed = await ask(stack);
  const outputs = Object.entries(JSON.parse(printed) as Record<string, unknown>).filter(
    (each): each is [string, string] => typeof each[1] === "string",
  );
  if (outputs.length > 0) return Object.fromEntries(outputs);
  throw new AccessError(`Stack ${stack} has no outputs yet. Make it first: pulumi up --stack ${stack}.`);
}

export const outdated = (stack: string, ...names: string[]): string =>
  `Stack ${stack} does not export ${names.join(", ")}: another version has made it. Run pulumi up --stack ${stack}.`;

async function ask(stack: string): Promise<string> {
  const args = ["stack", "output", "--json", "--show-secrets", "--non-interactive", "--stack", stack];
  try {
    return (await run("pulumi", args, { maxBuffer: 16 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT") {
      throw new AccessError(
        "There is no pulumi on the PATH. Install it: https://www.pulumi.com/docs/install/.",
        { cause: error },
      );
    }
    // Not the error itself: it holds what was printed, secrets too.
    const reason = stderr.trim().replace(/^error: /, "") || `it ended with ${String(code)}`;
    throw new AccessError(`pulumi does not tell the outputs of stack ${stack}: ${reason}`);
  }
}
