import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { readProject, stackNames } from "../plan/project.ts";
import { operate } from "./operator.ts";
import { readArguments, UsageError } from "./usage.ts";

const help = `node --import tsx infra/cli/plan-stacks.ts <checkout> <directory>

Plans every stack of a checkout with that checkout's own code, and writes each to <directory>: <stack>.json, or <stack>.txt
with the reason where there is no plan. It needs what \`npm ci\` installed there, and neither network nor account.

  --help   this text

It ends with 0 whatever the plans say, and with 2 when the command is wrong.
`;

const run = promisify(execFile);

async function main(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {});
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [checkout, directory, ...more] = positionals;
  if (checkout === undefined || directory === undefined || more.length > 0)
    throw new UsageError("name a checkout and a directory for its plans");
  const project = readProject(checkout);
  if (!project) throw new UsageError(`${checkout} holds no Pulumi.yaml`);
  mkdirSync(directory, { recursive: true });
  for (const stack of stackNames(project)) {
    const { plan, reason } = await planOf(checkout, stack);
    if (plan === undefined) writeFileSync(join(directory, `${stack}.txt`), reason);
    else writeFileSync(join(directory, `${stack}.json`), plan);
  }
  return 0;
}

/** One that breaks a rule is a plan all the same: it ends with 3. */
async function planOf(checkout: string, stack: string): Promise<{ plan?: string; reason: string }> {
  const args = ["run", "--silent", "plan", "--", stack, "--json"];
  try {
    const { stdout } = await run("npm", args, { cwd: checkout, maxBuffer: 64 * 1024 * 1024 });
    return { plan: stdout, reason: "" };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: unknown; stdout?: string; stderr?: string };
    return code === 3
      ? { plan: stdout, reason: "" }
      : { reason: stderr || `plan ended with ${String(code)}` };
  }
}

await operate(help, main);
