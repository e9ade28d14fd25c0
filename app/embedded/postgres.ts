import { execFile } from "node:child_process";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { accountFor, findBarrier, giveTo } from "./account.ts";
import type { Account } from "./account.ts";
import { freePort } from "./port.ts";
import { findPackage, preparePrograms } from "./programs.ts";

const run = promisify(execFile);
const host = "127.0.0.1";
const user = "testfarm";
const database = "testfarm";

interface Options {
  /** Holds data, log and, where needed, a copy of the programs. */
  readonly directory: string;
  /** Of the owner of the data; the same at every start. */
  readonly password: string;
}

export interface RunningPostgres {
  /** Address of an empty or an earlier start's database, as its owner. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * PostgreSQL 17 on a free port of 127.0.0.1, with its data under a directory. A server that an earlier process left
 * behind when it was killed is stopped first.
 *
 * @throws with the end of PostgreSQL's log when it does not start.
 */
export async function startPostgres({ directory, password }: Options): Promise<RunningPostgres> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const account = await accountFor(directory);
  await giveTo(account, directory);
  if (account) await refuseBarrier(directory, account);
  const programs = await preparePrograms(await findPackage(), directory, account);
  const data = join(directory, "data");
  const log = join(directory, "server.log");
  const address = (port: number, name?: string) => addressOf(password, port, name);
  // A program whose working directory is closed to its account complains, and some refuse to start.
  const call = (program: string, ...args: string[]) => run(program, args, { cwd: directory, ...account });
  const control = (...args: string[]) =>
    call(programs.pg_ctl, "--pgdata", data, "--silent", "--wait", ...args);
  const stop = async () => {
    await control("stop", "--mode", "fast");
  };

  if (!(await exists(data))) await initialise();
  else await stopLeftover();
  const port = await freePort();
  await writeFile(join(data, "postgresql.conf"), settings(port));
  try {
    await control("start", "--log", log);
  } catch (cause) {
    const lines = (await readFile(log, "utf8")).trimEnd().split("\n").slice(-5);
    throw new Error([`PostgreSQL did not start; the end of ${log}:`, ...lines].join("\n"), { cause });
  }
  await createDatabase(address(port, "postgres"));
  return { url: address(port), stop };

  async function initialise(): Promise<void> {
    const unfinished = `${data}.new`;
    const secret = join(directory, "password");
    await rm(unfinished, { recursive: true, force: true });
    await writeFile(secret, password, { mode: 0o600 });
    await giveTo(account, secret);
    try {
      const files = ["--pgdata", unfinished, "--username", user, "--pwfile", secret];
      const kind = ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"];
      await call(programs.initdb, ...files, ...kind);
    } finally {
      await rm(secret);
    }
    await rename(unfinished, data);
  }

  async function stopLeftover(): Promise<void> {
    const file = join(data, "postmaster.pid");
    if (!(await exists(file))) return;
    if (await isOurs(address(await portIn(file), "postgres"))) await stop();
    // After a crash of the machine the process id in the file can be another program's by now, which PostgreSQL would
    // take for a running server, and which must not be stopped.
    else await rm(file);
  }
}

/** Address of the server that another process of this installation has started. @throws when there is none. */
export async function runningPostgres({ directory, password }: Options): Promise<string> {
  return addressOf(password, await portIn(join(directory, "data", "postmaster.pid")));
}

const addressOf = (password: string, port: number, name = database): string =>
  `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${name}`;

/** https://www.postgresql.org/docs/17/storage-file-layout.html: the fourth line of `postmaster.pid`. */
const portIn = async (file: string): Promise<number> => Number((await readFile(file, "utf8")).split("\n")[3]);

const settings = (port: number) =>
  [
    `listen_addresses = '${host}'`,
    `port = ${port}`,
    "unix_socket_directories = ''",
    "max_connections = 100",
    // As in every tier: the data can be moved up while the application runs.
    "wal_level = logical",
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    "",
  ].join("\n");

/** Whether the server at an address takes our password, or is ours and not ready to take any. */
async function isOurs(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "57P03";
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query("SELECT FROM pg_database WHERE datname = $1", [database]);
    if (rows.length === 0) await client.query(`CREATE DATABASE ${database}`);
  } finally {
    await client.end();
  }
}

async function refuseBarrier(directory: string, account: Account): Promise<void> {
  const barrier = await findBarrier(directory, account);
  if (barrier === undefined) return;
  throw new Error(
    `PostgreSQL refuses to run as root, and the account that runs it instead (${account.uid}) may not enter ${barrier}. Set TESTFARM_HOME to a directory that every account can reach, such as /var/lib/testfarm.`,
  );
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
