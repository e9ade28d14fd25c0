import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { isMap, parseDocument } from "yaml";
import { digestForm } from "../images/lock.ts";
import { readProject, stackFile } from "../plan/project.ts";
import { operate } from "./operator.ts";
import { readArguments, UsageError } from "./usage.ts";

const help = `node --import tsx infra/cli/stack-images.ts <stack> [--app <image>] [--web <image>]

Prints which images of the application the stack's file names under testfarm:image, separated by a space; nothing where Pulumi
builds them. With images it writes those into the file in place of the ones that are named there, and touches nothing else.

  --app, --web   by digest, such as ghcr.io/acme/testfarm@sha256:...
  --help         this text

It ends with 0, and with 2 when the command is wrong or the file names an image that is not given.
`;

const key = "testfarm:image";

function main(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { app: { type: "string" }, web: { type: "string" } });
  if (values.help) {
    process.stdout.write(help);
    return Promise.resolve(0);
  }
  const [stack, ...more] = positionals;
  if (stack === undefined || more.length > 0) throw new UsageError("name a stack, such as mvp");
  const project = readProject(process.cwd());
  if (!project)
    throw new UsageError(`${process.cwd()} holds no Pulumi.yaml; run it in the project's directory`);
  const file = stackFile(project, stack);
  if (!existsSync(file)) throw new UsageError(`there is no stack "${stack}" (Pulumi.${stack}.yaml)`);
  const { app, web } = values;
  const given = { app, web };
  const document = parseDocument(readFileSync(file, "utf8"));
  const named = namesIn(document);
  if (app === undefined && web === undefined) {
    process.stdout.write(`${named.join(" ")}\n`);
    return Promise.resolve(0);
  }
  for (const name of named) document.setIn(["config", key, name], checked(name, given));
  writeFileSync(file, document.toString({ lineWidth: 0 }));
  return Promise.resolve(0);
}

function namesIn(document: ReturnType<typeof parseDocument>): ("app" | "web")[] {
  const images = document.getIn(["config", key]);
  return isMap(images) ? (["app", "web"] as const).filter((name) => images.has(name)) : [];
}

function checked(
  name: "app" | "web",
  given: { readonly app?: string | undefined; readonly web?: string | undefined },
) {
  const image = given[name];
  if (image === undefined) throw new UsageError(`the stack's file names ${name}; give it by --${name}`);
  const [repository, digest = "", ...more] = image.split("@");
  if (!repository || !digestForm.test(digest) || more.length > 0)
    throw new UsageError(
      `--${name} is "${image}"; it must have a digest, such as ghcr.io/acme/testfarm@sha256:...`,
    );
  return image;
}

await operate(help, main);
