import { readStackFile } from "../config/file.ts";
import { parseConfig } from "../config/parse.ts";
import { stackFile } from "../plan/project.ts";
import { namedStack } from "./named-stack.ts";
import { print } from "./print.ts";
import { readArguments } from "./usage.ts";

const help = `node --import tsx infra/cli/stack-cluster.ts <stack>

Prints testfarm:cluster of a stack of tier kubernetes, which says by what program one gets into its cluster; an empty line for
the other tiers.

  --help   this text

It ends with 0, with 1 when the stack's configuration is wrong, with 2 when the command is.
`;

function main(args: string[]): Promise<string> {
  const { values, positionals } = readArguments(args, {});
  if (values.help) return Promise.resolve(help);
  const { project, stack } = namedStack("stack-cluster", positionals);
  const config = parseConfig(readStackFile(stackFile(project, stack), project.name));
  return Promise.resolve(`${config.tier === "kubernetes" ? config.cluster : ""}\n`);
}

await print(help, main);
