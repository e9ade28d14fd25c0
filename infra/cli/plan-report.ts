import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "../plan/plan.ts";
import { operate } from "./operator.ts";
import { type Found, reportOn } from "./plan-markdown.ts";
import { readArguments, UsageError } from "./usage.ts";

const help = `node --import tsx infra/cli/plan-report.ts <before> <after>

Prints, as Markdown, what differs between the plans of two directories, which plan-stacks.ts has filled: cost, resources and
rules. What stands in the plans cannot become anything but text.

  --help   this text

It ends with 0, with 3 when \`pulumi up\` would refuse a stack of <after>, and with 2 when the command is wrong.
`;

function main(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {});
  if (values.help) {
    process.stdout.write(help);
    return Promise.resolve(0);
  }
  const [before, after, ...more] = positionals;
  if (before === undefined || after === undefined || more.length > 0)
    throw new UsageError("name a directory of plans before, and one of plans after");
  const stacks = [...new Set([before, after].flatMap(stacksIn))].toSorted();
  const { markdown, refused } = reportOn(
    stacks.map((stack) => ({ stack, before: read(before, stack), after: read(after, stack) })),
  );
  process.stdout.write(markdown);
  return Promise.resolve(refused ? 3 : 0);
}

const stacksIn = (directory: string): string[] =>
  readdirSync(directory)
    .map((file) => /^(.+)\.(?:json|txt)$/.exec(file)?.[1])
    .filter((stack) => stack !== undefined);

function read(directory: string, stack: string): Found {
  const [plan, reason] = [join(directory, `${stack}.json`), join(directory, `${stack}.txt`)];
  if (existsSync(plan)) return { plan: JSON.parse(readFileSync(plan, "utf8")) as Plan };
  return existsSync(reason) ? { reason: readFileSync(reason, "utf8") } : {};
}

await operate(help, main);
