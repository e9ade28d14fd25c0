import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { AccessError } from "../contracts/access.ts";

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

/** Why nothing goes without it. */
export const noPulumi = "There is no pulumi on the PATH. Install it: https://www.pulumi.com/docs/install/.";

async function ask(stack: string): Promise<string> {
  const args = ["stack", "output", "--json", "--show-secrets", "--non-interactive", "--stack", stack];
  // Ctrl-C is this process's to hear.
  const child = spawn("pulumi", args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  const [[code], stdout, stderr] = await Promise.all([
    once(child, "close") as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]).catch((cause: unknown) => {
    throw new AccessError(
      (cause as { code?: unknown }).code === "ENOENT"
        ? noPulumi
        : `pulumi cannot be run: ${(cause as Error).message}`,
      { cause },
    );
  });
  if (code === 0) return stdout;
  // Not what was printed, which holds secrets.
  const reason = stderr.trim().replace(/^error: /, "") || `it ended with ${code}`;
  throw new AccessError(`pulumi does not tell the outputs of stack ${stack}: ${reason}`);
}
