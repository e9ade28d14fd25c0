import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { kindOf } from "../plan/plan.ts";
import { block, code, table } from "./markdown.ts";
import { operate } from "./operator.ts";
import { readArguments, UsageError } from "./usage.ts";

const help = `node --import tsx infra/cli/preview.ts <stack> [--refresh] [--checkout <directory>]

Prints as Markdown what \`pulumi up\` would do with a stack. No value of a resource is in it.

  --refresh    looks first at what is really there, so that it says too what somebody has changed by hand
  --checkout   runs the program of another checkout. Default: this one
  --help       this text

It takes the pulumi on the PATH, with your login and passphrase. It ends with 0, with 1 when there is no preview, which the
Markdown says, with 2 when the command is wrong, with 3 when with --refresh there is anything to do.
`;

const run = promisify(execFile);

/** Steps of a preview that do nothing to a resource. */
const still = new Set(["same", "read", "refresh"]);

/** Of `pulumi preview --json` what is read here: PreviewDigest in pkg/display/json.go of pulumi/pulumi, v3.274.1. */
interface Digest {
  readonly steps?: readonly {
    readonly op: string;
    readonly urn: string;
    readonly diffReasons?: readonly string[];
    readonly replaceReasons?: readonly string[];
  }[];
  readonly diagnostics?: readonly { readonly message?: string; readonly severity?: string }[];
}

interface Previewed {
  readonly digest: Digest;
  /** Why it failed; absent where it did not. */
  readonly reason?: string;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    refresh: { type: "boolean" },
    checkout: { type: "string" },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [stack, ...more] = positionals;
  if (stack === undefined || more.length > 0) throw new UsageError("name a stack, such as mvp");
  const { refresh = false, checkout = "." } = values;
  const { digest, reason } = await preview(stack, refresh, checkout);
  const changes = (digest.steps ?? []).filter(({ op }) => !still.has(op));
  const lines =
    reason === undefined
      ? changeLines(changes)
      : ["There is no preview:", "", block(reasonsOf(digest, reason))];
  process.stdout.write(
    `${[`### What \`pulumi up\` would do with ${code(stack)}`, "", ...lines].join("\n")}\n`,
  );
  if (reason !== undefined) return 1;
  return refresh && changes.length > 0 ? 3 : 0;
}

/** Not with `--expect-no-changes`, whose exit code is that of a failure: https://github.com/pulumi/pulumi/issues/8992. */
async function preview(stack: string, refresh: boolean, checkout: string): Promise<Previewed> {
  const args = [
    "preview",
    "--json",
    "--non-interactive",
    "--stack",
    stack,
    ...(refresh ? ["--refresh"] : []),
  ];
  try {
    const { stdout } = await run("pulumi", args, { cwd: checkout, maxBuffer: 256 * 1024 * 1024 });
    return { digest: JSON.parse(stdout) as Digest };
  } catch (error) {
    const { code: exit, stdout = "", stderr = "" } = error as Record<string, string | undefined>;
    return { digest: digestIn(stdout), reason: stderr || `pulumi ended with ${exit}` };
  }
}

/** One that failed may have printed none, or the beginning of one. */
function digestIn(stdout: string): Digest {
  try {
    return JSON.parse(stdout) as Digest;
  } catch {
    return {};
  }
}

function reasonsOf({ diagnostics = [] }: Digest, reason: string): string {
  const errors = diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ message = "" }) => message.trim());
  return errors.length > 0 ? errors.join("\n") : reason;
}

function changeLines(changes: NonNullable<Digest["steps"]>): string[] {
  if (changes.length === 0) return ["Nothing: all of it is as it is to be."];
  const rows = changes.map(({ op, urn, diffReasons = [], replaceReasons = [] }) => {
    const [, , types = "", ...name] = urn.split("::");
    const reasons = [...new Set([...replaceReasons, ...diffReasons])];
    return [
      code(op),
      code(kindOf(types.split("$").at(-1) ?? "")),
      code(name.join("::")),
      reasons.map(code).join(", "),
    ];
  });
  return table(["", "kind", "name", "because of"], rows);
}

await operate(help, main);
