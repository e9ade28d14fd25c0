import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { accountFor, findBarrier, giveTo, type Account } from "../../../../app/embedded/account.ts";
import { freePort } from "../../../../app/embedded/port.ts";
import { atEnd } from "../../../support/at-end.ts";
import { cacheDirectory, isAtLeast, versionOf } from "../../../support/go-program.ts";
import { postgresPrograms } from "../../../support/postgres-programs.ts";
import type { Service } from "../../../support/services.ts";

const run = promisify(execFile);

/** A server of PostgreSQL 18, with the programs of one: each call starts one that goes at the end of the file. */
export const postgres18: Service<() => Promise<string>> = {
  name: "server of PostgreSQL 18",
  needs: `${postgresPrograms.needs} Those of Python's package have the server too; of other ones, postgresql-18.`,
  async find() {
    const programs = await postgresPrograms.find();
    if (programs === undefined) return undefined;
    const version = await versionOf(join(programs, "postgres"), ["--version"]);
    return isAtLeast([18, 0], version) ? () => start(programs) : undefined;
  },
};

async function start(programs: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-postgres-18-"));
  atEnd(() => rm(directory, { recursive: true }));
  const account = await accountFor(directory);
  await giveTo(account, directory);
  const bin = await reachable(programs, directory, account);
  const call = (program: string, ...args: string[]) =>
    run(join(bin, program), args, { cwd: directory, ...account });
  const data = join(directory, "data");
  const [user, port] = ["testfarm", await freePort()];
  // Nobody else is on this machine's loopback in a test, and nothing is in it.
  await call(
    "initdb",
    "--pgdata",
    data,
    "--username",
    user,
    "--auth",
    "trust",
    "--encoding",
    "UTF8",
    "--locale",
    "C",
  );
  const settings = [
    "listen_addresses = '127.0.0.1'",
    `port = ${port}`,
    "unix_socket_directories = ''",
    "wal_level = logical",
    "",
  ];
  await writeFile(join(data, "postgresql.auto.conf"), settings.join("\n"));
  const control = ["--pgdata", data, "--silent", "--wait"];
  await call("pg_ctl", ...control, "start", "--log", join(directory, "server.log"));
  atEnd(() => call("pg_ctl", ...control, "stop", "--mode", "immediate"));
  // Servers that are subscribed to have a password, which this one asks nobody for.
  return `postgres://${user}:unasked@127.0.0.1:${port}/postgres`;
}

/** Python's package as a whole, in a copy where the account that runs a server for root cannot reach it. */
async function reachable(programs: string, directory: string, account: Account | undefined): Promise<string> {
  const path = relative(cacheDirectory(), programs);
  const isOurs = !path.startsWith("..");
  if (!isOurs || account === undefined || (await findBarrier(programs, account)) === undefined)
    return programs;
  const [top] = path.split(sep) as [string];
  await cp(join(cacheDirectory(), top), join(directory, top), { recursive: true, verbatimSymlinks: true });
  await giveTo(account, join(directory, top));
  return join(directory, path);
}
