import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { RunError } from "@pulumi/pulumi/errors.js";
import { readStackFile } from "../config/file.ts";
import { parseConfig } from "../config/parse.ts";
import { type Manifests, manifestsOf } from "../manifests/manifests.ts";
import { stackFile } from "../plan/project.ts";
import { recordStack } from "../plan/stack-plan.ts";
import { namedStack } from "./named-stack.ts";
import { print } from "./print.ts";
import { readArguments, UsageError } from "./usage.ts";

const help = `npm run manifests -- <stack> [--out <directory>]

Writes what the stack has in its cluster as YAML, for those who deploy by GitOps: an object a file, and
helmfile.yaml with the charts. It needs no network, no account and no cluster.

  --out    an empty directory, or one that is made (default: manifests/<stack>)
  --help   this text

Secrets are in none of the files: what is left out is printed, with the keys that each must have.

It ends with 0, with 1 when the stack's configuration is wrong, with 2 when the command is, with 3 when objects had to be left
out because they say what only the cloud can tell.
`;

async function main(args: string[]): Promise<string> {
  const { values, positionals } = readArguments(args, { out: { type: "string" } });
  if (values.help) return help;
  const { project, stack } = namedStack("manifests", positionals);
  const directory = resolve(values.out ?? join("manifests", stack));
  if (existsSync(directory) && readdirSync(directory).length > 0)
    throw new UsageError(`${directory} is not empty; remove it, or name another with --out`);

  const raw = readStackFile(stackFile(project, stack), project.name);
  const { tier } = parseConfig(raw);
  if (tier !== "kubernetes")
    throw new RunError(
      `stack ${stack} is of tier ${tier}, which has nothing in a cluster; name one of tier kubernetes`,
    );
  const manifests = manifestsOf(await recordStack(project, stack, raw));
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of manifests.files) writeFileSync(join(directory, name), content);
  if (manifests.unknown.length > 0) process.exitCode = 3;
  return told(manifests, directory);
}

function told({ files, secrets, unknown }: Manifests, directory: string): string {
  return [
    `${files.size} files are in ${directory}.`,
    ...list(
      "Secrets to make by hand, in the cluster or by External Secrets:",
      // Without values the engine does not tell the keys of some.
      secrets.map(({ name, keys }) => `${name}: ${keys.join(", ") || "its keys are in docs/kubernetes.md"}`),
    ),
    ...list(
      "Left out, for they say what only the cloud can tell:",
      unknown.map(({ name, places }) => `${name}: ${places.join(", ")}`),
    ),
    "",
  ].join("\n");
}

const list = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];

await print(help, main);
