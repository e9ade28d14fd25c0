import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "../support/at-end.ts";
import { root } from "../infra/cli/run.ts";

/** An empty directory of its own. It goes with the file. */
export function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-github-"));
  atEnd(async () => rmSync(directory, { recursive: true }));
  return directory;
}

const fixture = join(root, "test/infra/fixtures/project");

/** A checkout of the small project that tests of the plan have, with some of its stacks. */
export function fixtureWith(...stacks: readonly string[]): string {
  const directory = emptyDirectory();
  for (const name of ["infra", "node_modules", "package.json"])
    symlinkSync(join(root, name), join(directory, name));
  symlinkSync(join(fixture, "program"), join(directory, "program"));
  for (const file of ["Pulumi.yaml", ...stacks.map((stack) => `Pulumi.${stack}.yaml`)])
    cpSync(join(fixture, file), join(directory, file));
  return directory;
}

/**
 * A directory for the PATH with an `npm` whose `ci` takes this checkout's packages; all else is the real one's.
 */
export function npmWithPackages(): string {
  const directory = join(emptyDirectory(), "bin");
  mkdirSync(directory);
  const script = [
    "#!/bin/sh",
    `if [ "$1" = ci ]; then exec ln -s '${join(root, "node_modules")}' node_modules; fi`,
    `PATH='${process.env["PATH"]}' exec npm "$@"`,
  ];
  writeFileSync(join(directory, "npm"), `${script.join("\n")}\n`, { mode: 0o755 });
  return directory;
}
