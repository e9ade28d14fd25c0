import { execFile } from "node:child_process";
import { cp, lstat, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findBarrier } from "../../../app/embedded/account.ts";
import { findPackage, preparePrograms } from "../../../app/embedded/programs.ts";

const version = async (program: string) => (await promisify(execFile)(program, ["--version"])).stdout;
const isNoLink = async (file: string) => !(await lstat(file)).isSymbolicLink();
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "testfarm-programs-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("programs that can run where they are installed are not copied", async () => {
  // With the links of its libraries, whether or not the package's install script was allowed to make them.
  const { initdb } = await preparePrograms(await findPackage(), join(directory, "first"), undefined);
  const native = join(initdb, "..", "..");
  const own = userInfo();
  const programs = await preparePrograms(native, join(directory, "second"), { uid: own.uid, gid: own.gid });
  expect(programs.initdb).toBe(initdb);
});

test("programs whose install script was not allowed to run, run from a copy with the links in it", async () => {
  const native = join(directory, "package", "native");
  await cp(await findPackage(), native, { recursive: true, filter: isNoLink });
  await expect(version(join(native, "bin", "initdb"))).rejects.toThrow("shared libraries");
  const home = join(directory, "home");
  await mkdir(home);
  const { initdb, pg_ctl } = await preparePrograms(native, home, undefined);
  expect(initdb).toBe(join(home, "programs", "bin", "initdb"));
  expect(await version(initdb)).toContain("PostgreSQL) 17");
  expect(await version(pg_ctl)).toContain("PostgreSQL) 17");
  expect(await preparePrograms(native, home, undefined)).toEqual({ initdb, pg_ctl });
});

test("programs that PostgreSQL's account cannot reach run from a copy that it can", async () => {
  const closed = join(directory, "closed");
  const native = join(closed, "native");
  await mkdir(closed, { mode: 0o700 });
  await cp(await findPackage(), native, { recursive: true, verbatimSymlinks: true });
  const stranger = { uid: 60_000, gid: 60_000 };
  expect(await findBarrier(native, { ...stranger, uid: userInfo().uid })).toBeUndefined();
  const { initdb } = await preparePrograms(native, directory, stranger);
  expect(initdb).toBe(join(directory, "programs", "bin", "initdb"));
  expect(await version(initdb)).toContain("PostgreSQL) 17");
});
