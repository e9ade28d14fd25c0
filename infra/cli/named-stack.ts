import { existsSync } from "node:fs";
import { type Project, readProject, stackFile, stackNames } from "../plan/project.ts";
import { UsageError } from "./usage.ts";

/**
 * The one stack that a command names, of the project in whose directory it runs.
 *
 * @throws {UsageError} where there is no project, no such stack, or more than one.
 */
export function namedStack(
  command: string,
  [stack, ...more]: readonly string[],
): { readonly project: Project; readonly stack: string } {
  const project = readProject(process.cwd());
  if (!project)
    throw new UsageError(`${process.cwd()} holds no Pulumi.yaml; run it in the project's directory`);
  const known = stackNames(project).join(", ");
  if (!stack) throw new UsageError(`name a stack: ${known}`);
  if (more.length > 0) throw new UsageError(`"${more.join(" ")}" is too much; ${command} takes one stack`);
  if (!existsSync(stackFile(project, stack)))
    throw new UsageError(`there is no stack "${stack}" (Pulumi.${stack}.yaml); there is ${known}`);
  return { project, stack };
}
