import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { withClient } from "../../app/backup/connection.ts";
import { migrate } from "../../app/db/migrate.ts";
import { finishCopy } from "../../infra/promotion/copy/copy.ts";
import { startPostgres } from "../../app/embedded/postgres.ts";
import { atEnd } from "../support/at-end.ts";
import { postgresPrograms } from "../support/postgres-programs.ts";
import { median } from "./bench.ts";
import type { Bench } from "./bench.ts";
import { run } from "./child.ts";
import { fill, sessions } from "./promotion-data.ts";

const execute = promisify(execFile);

const jobs = 2;
const rounds = 3;
/** Of an event, such as a session writes. */
const payload = `jsonb_build_object('step', seq, 'thought', repeat(md5(id::text || seq), 8), 'action',
  jsonb_build_object('click', jsonb_build_object('role', 'button', 'name', md5(seq::text))))`;

/**
 * A database of the application from one server to another one of the same machine, each to a fresh database: ours to a
 * migrated one, in a process of its own, with `ANALYZE`; PostgreSQL's programs to an empty one, without.
 */
export const promotionCopy: Bench = {
  name: "promotion",
  how: `a database of ${sessions} sessions with 20 events each from one server to another one by ${jobs} connections each, ${rounds} rounds in turns`,
  async run() {
    const programs = await postgresPrograms.find();
    if (programs === undefined) throw new Error(postgresPrograms.needs);
    const [from, to] = [await startServer(), await startServer()];
    await migrate(from);
    await fill(from, payload);
    const size = await query<{ size: string }>(from, "SELECT pg_database_size(current_database()) AS size");
    const [ours, plain, packed]: [Took[], Took[], Took[]] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      ours.push(await copy(from, to));
      plain.push(await dumpAndRestore(programs, from, to, ["--compress=none"]));
      packed.push(await dumpAndRestore(programs, from, to, []));
    }
    const megabytes = Number(size.size) / 1024 ** 2;
    const seconds = (all: readonly Took[]) => median(all.map((each) => each.seconds));
    const rate = (all: readonly Took[]) => `${(megabytes / seconds(all)).toFixed(1)} MB/s`;
    const peak = Math.max(...ours.map((each) => each.megabytes));
    const row = (what: string, baseline: readonly Took[]) => ({
      what,
      baseline: rate(baseline),
      measured: `${rate(ours)}, ratio ${(seconds(baseline) / seconds(ours)).toFixed(2)}, ${megabytes.toFixed(0)} MB`,
      target: ">= 0.9",
      met: seconds(baseline) / seconds(ours) >= 0.9,
    });
    return [
      row(`copy, beside pg_dump -Fd -j${jobs}, pg_restore -j${jobs}`, packed),
      row("copy, beside the same without compression", plain),
      {
        what: "memory of the runner, peak",
        measured: `${peak.toFixed(0)} MB`,
        target: "<= 200 MB",
        met: peak <= 200,
      },
    ];
  },
};

interface Took {
  readonly seconds: number;
  readonly megabytes: number;
}

async function startServer(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-bench-"));
  const { url, stop } = await startPostgres({ directory, password: randomUUID() });
  atEnd(async () => {
    await stop();
    await rm(directory, { recursive: true });
  });
  return url;
}

const query = <Row extends object>(url: string, statement: string): Promise<Row> =>
  withClient(url, async (client) => (await client.query<Row>(statement)).rows[0]!);

/** A fresh database on a server, which goes when it was used, and is on the disk before anything is measured. */
async function inDatabase(server: string, use: (url: string) => Promise<Took>): Promise<Took> {
  const name = `copy_${randomUUID().replaceAll("-", "")}`;
  await query(server, `CREATE DATABASE ${name}`);
  try {
    return await use(Object.assign(new URL(server), { pathname: `/${name}` }).href);
  } finally {
    await query(server, `DROP DATABASE ${name} WITH (FORCE)`);
    await query(server, "CHECKPOINT");
  }
}

const copy = (from: string, to: string): Promise<Took> =>
  inDatabase(to, async (target) => {
    await migrate(target);
    await query(to, "CHECKPOINT");
    const id = randomUUID();
    const program = "test/infra/promotion/copy/copy-process.ts";
    const took = await run(process.cwd(), program, JSON.stringify({ source: from, target, run: id, jobs }));
    await finishCopy({ target, run: id });
    return took;
  });

async function dumpAndRestore(
  programs: string,
  from: string,
  to: string,
  options: readonly string[],
): Promise<Took> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-bench-dump-"));
  const call = (program: string, url: string, ...args: string[]) =>
    execute(join(programs, program), [...args, `--jobs=${jobs}`], { env: environmentOf(url) });
  try {
    return await inDatabase(to, async (target) => {
      await query(to, "CHECKPOINT");
      const started = performance.now();
      const dump = join(directory, "dump");
      await call("pg_dump", from, "--format=directory", `--file=${dump}`, "--schema=public", ...options);
      await call(
        "pg_restore",
        target,
        "--no-owner",
        "--clean",
        "--if-exists",
        `--dbname=${nameOf(target)}`,
        dump,
      );
      return { seconds: (performance.now() - started) / 1_000, megabytes: Number.NaN };
    });
  } finally {
    await rm(directory, { recursive: true });
  }
}

const nameOf = (url: string) => new URL(url).pathname.slice(1);

/** For libpq. */
function environmentOf(url: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password } = new URL(url);
  return {
    ...process.env,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: nameOf(url),
  };
}
