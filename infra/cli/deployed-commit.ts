import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { AccessError } from "../contracts/access.ts";
import { operate } from "./operator.ts";
import { readArguments, UsageError } from "./usage.ts";

const help = `node --import tsx infra/cli/deployed-commit.ts <stack>

Prints the commit whose program the last \`pulumi up\` of a stack ran, as its history has it.

  --help   this text

It takes the pulumi on the PATH, with your login. It ends with 0, and with 2 when the command is wrong or the history does
not say.
`;

const run = promisify(execFile);

/** Of `pulumi stack history --json`: updateInfoJSON in pkg/cmd/pulumi/stack/stack_history.go of pulumi/pulumi, v3.274.1. */
interface Update {
  readonly kind: string;
  readonly result?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {});
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [stack, ...more] = positionals;
  if (stack === undefined || more.length > 0) throw new UsageError("name a stack, such as mvp");
  const last = (await historyOf(stack)).find(
    ({ kind, result }) => kind === "update" && result === "succeeded",
  );
  if (last === undefined) throw new AccessError(`Stack ${stack} has no pulumi up behind it that succeeded.`);
  const commit = last.environment?.["git.head"] ?? "";
  if (!/^[0-9a-f]{40,64}$/.test(commit))
    throw new AccessError(
      `The last pulumi up of stack ${stack} was not run in a checkout of git. Run it from one.`,
    );
  process.stdout.write(`${commit}\n`);
  return 0;
}

/** The newest first. */
async function historyOf(stack: string): Promise<readonly Update[]> {
  const args = ["stack", "history", "--json", "--non-interactive", "--stack", stack];
  try {
    const { stdout } = await run("pulumi", args, { maxBuffer: 256 * 1024 * 1024 });
    return JSON.parse(stdout) as Update[];
  } catch (error) {
    const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
    const reason = stderr.trim().replace(/^error: /, "") || `it ended with ${String(code)}`;
    throw new AccessError(`pulumi does not tell the history of stack ${stack}: ${reason}`);
  }
}

await operate(help, main);
