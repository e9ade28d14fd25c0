import type { Plan } from "../plan/plan.ts";
import { isRefused } from "../policy/check.ts";
import { namedStack } from "./named-stack.ts";
import { print } from "./print.ts";
import { readArguments, UsageError } from "./usage.ts";

const help = `npm run plan -- <stack> [--json | --mermaid]

Prints what \`pulumi up --stack <stack>\` would make and what it costs: resources, data flow, regions,
prices, outputs.
It needs no network, no account and no Pulumi CLI.

  --json      for programs
  --mermaid   a diagram
  --help      this text

It ends with 0, with 1 when the stack's configuration is wrong, with 2 when the command is, with 3 when the plan, which is
printed all the same, breaks a rule for which \`pulumi up\` refuses it: docs/policy.md.
`;

// Pulumi takes a stack trace for each promise: with maps that is a fifth of a plan's time. Whoever looks for a fault in a
// program has them by `node --enable-source-maps --import tsx infra/cli/plan.ts <stack>`.
process.setSourceMapsEnabled(process.execArgv.includes("--enable-source-maps"));

/** Loaded only for the format that is asked for. */
const renderers = {
  text: async (plan: Plan) => {
    const [{ toText }, { default: pc }] = await Promise.all([
      import("../plan/text.ts"),
      import("picocolors"),
    ]);
    // Without a terminal `isTTY` is undefined, for which picocolors would put in its own guess.
    return toText(plan, pc.createColors(process.stdout.isTTY === true && pc.isColorSupported));
  },
  json: async (plan: Plan) => `${JSON.stringify(plan, null, 2)}\n`,
  mermaid: async (plan: Plan) => (await import("../plan/mermaid.ts")).toMermaid(plan),
};

async function main(args: string[]): Promise<string> {
  const { values, positionals } = readArguments(args, {
    json: { type: "boolean" },
    mermaid: { type: "boolean" },
  });
  if (values.help) return help;
  const { project, stack } = namedStack("plan", positionals);
  if (values.json && values.mermaid)
    throw new UsageError("--json and --mermaid exclude each other; choose one");
  // What records a program is loaded once the command is known to be right.
  const { planStack } = await import("../plan/stack-plan.ts");
  const plan = await planStack(project, stack);
  if (plan.violations.some(isRefused)) process.exitCode = 3;
  return renderers[values.json ? "json" : values.mermaid ? "mermaid" : "text"](plan);
}

await print(help, main);
