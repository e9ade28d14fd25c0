import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { RunError } from "@pulumi/pulumi/errors.js";
import { readStackFile } from "../config/file.ts";
import { parseConfig } from "../config/parse.ts";
import { type Manifest, type Manifests, manifestsOf } from "../manifests/manifests.ts";
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

Directories are numbered by the order in which they are applied: docs/gitops.md. Files with values that are secret or that only
the cloud can tell are in to-fill-in/, with "<to be filled in>" at those places, which are printed. Secrets are in no file: they
are printed too, with the keys that each must have.

It ends with 0, with 1 when the stack's configuration is wrong, with 2 when the command is, with 3 when something is to be
filled in.
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
  for (const file of manifests.files) {
    const path = join(directory, placeOf(file));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.content);
  }
  if (manifests.files.some(isIncomplete)) process.exitCode = 3;
  return told(manifests, directory);
}

const isIncomplete = ({ places }: Manifest): boolean => places.length > 0;

/** Apart from what is applied as it is. */
const placeOf = (file: Manifest): string => (isIncomplete(file) ? join("to-fill-in", file.path) : file.path);

const told = ({ files, secrets }: Manifests, directory: string): string =>
  [
    `${files.length} files are in ${directory}; docs/gitops.md tells in which order they are applied.`,
    ...list(
      "Secrets to make, by hand or by testfarm:externalSecrets. Pods read a changed one after kubectl rollout restart:",
      // Without values the engine does not tell the keys of some.
      secrets.map(({ name, keys }) => `${name}: ${keys.join(", ") || "its keys are in docs/gitops.md"}`),
    ),
    ...list(
      "To fill in, and then to move out of to-fill-in/:",
      files.filter(isIncomplete).map(({ path, places }) => `${path}: ${places.join(", ")}`),
    ),
    "",
  ].join("\n");

const list = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];

await print(help, main);
