import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { projectRoot } from "./engine.ts";

/**
 * The repository as a project with stack files of its own, in a directory.
 *
 * @param stacks settings by the stack's name.
 * @returns where it is.
 */
export function projectIn(directory: string, stacks: Readonly<Record<string, object>>): string {
  const project = join(directory, "project");
  mkdirSync(project);
  for (const name of readdirSync(projectRoot))
    if (!/^(Pulumi\.|\.git$)/.test(name)) symlinkSync(join(projectRoot, name), join(project, name));
  copyFileSync(join(projectRoot, "Pulumi.yaml"), join(project, "Pulumi.yaml"));
  for (const [name, settings] of Object.entries(stacks)) {
    const config = Object.fromEntries(
      Object.entries(settings).map(([setting, value]) => [`testfarm:${setting}`, value as unknown]),
    );
    writeFileSync(join(project, `Pulumi.${name}.yaml`), stringify({ config }));
  }
  return project;
}
