import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";

/** What Pulumi.yaml says, as far as a plan needs it. */
export interface Project {
  readonly directory: string;
  readonly name: string;
  /** Absolute path of the program. */
  readonly main: string;
}

/** @returns `undefined` when the directory holds no Pulumi.yaml. */
export function readProject(directory: string): Project | undefined {
  const path = join(directory, "Pulumi.yaml");
  if (!existsSync(path)) return undefined;
  const { name, main = "index.ts" } = parse(readFileSync(path, "utf8")) as { name: string; main?: string };
  const entry = resolve(directory, main);
  return { directory, name, main: statSync(entry).isDirectory() ? join(entry, "index.ts") : entry };
}

export const stackFile = ({ directory }: Project, stack: string): string =>
  join(directory, `Pulumi.${stack}.yaml`);

/** Names of the stacks that have a file, in alphabetical order. */
export const stackNames = ({ directory }: Project): string[] =>
  readdirSync(directory)
    .map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1])
    .filter((name) => name !== undefined)
    .toSorted();

/**
 * The program as Pulumi's language host runs it: from its own directory, its default export called when it is a
 * function, or its named exports as outputs. It is imported only when it is run, under the recording monitor.
 */
export const programOf =
  ({ main }: Project) =>
  async (): Promise<Record<string, unknown> | void> => {
    process.chdir(dirname(main));
    const module = (await import(pathToFileURL(main).href)) as Record<string, unknown>;
    const exported = "default" in module ? module["default"] : module;
    return (typeof exported === "function" ? exported() : exported) as Record<string, unknown>;
  };
