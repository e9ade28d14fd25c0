import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { withClient } from "../../../../app/backup/connection.ts";
import { migrate } from "../../../../app/db/migrate.ts";
import { accountFor } from "../../../../app/embedded/account.ts";
import { startPostgres } from "../../../../app/embedded/postgres.ts";
import { findPackage, preparePrograms } from "../../../../app/embedded/programs.ts";
import { atEnd } from "../../../support/at-end.ts";

const run = promisify(execFile);

/** A server of PostgreSQL 17 with one migrated database, which can be killed and come back at the same port. */
export interface Server {
  readonly url: string;
  readonly port: number;
  readonly password: string;
  /** Without a checkpoint and without a word to anybody, as when the power goes. */
  crash(): Promise<void>;
  start(): Promise<void>;
  /** What it has logged. */
  log(): Promise<string>;
}

/** PostgreSQL's programs without one of its extensions, as a vendor has them who does not offer it. */
export async function programsWithout(extension: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "testfarm-programs-"));
  atEnd(() => rm(copy, { recursive: true }));
  await chmod(copy, 0o755);
  await cp(await findPackage(), copy, { recursive: true, verbatimSymlinks: true });
  await rm(join(copy, "share/postgresql/extension", `${extension}.control`));
  return copy;
}

/** @param settings such as `wal_level=replica`, beside those of the installation on a laptop. */
export async function startServer(...settings: string[]): Promise<Server> {
  return startServerWith(undefined, ...settings);
}

/** @param own directory of programs, in place of the package's. */
export async function startServerWith(own: string | undefined, ...settings: string[]): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-replication-"));
  atEnd(() => rm(directory, { recursive: true }));
  const password = randomUUID();
  const { url, stop } = await startPostgres({ directory, password });
  const account = await accountFor(directory);
  const pg_ctl = own
    ? join(own, "bin", "pg_ctl")
    : (await preparePrograms(await findPackage(), directory, account)).pg_ctl;
  const log = join(directory, "server.log");
  const control = async (...args: string[]) => {
    const all = ["--pgdata", join(directory, "data"), "--silent", "--wait", ...args];
    await run(pg_ctl, all, { cwd: directory, ...account });
  };
  let isUp = true;
  const server: Server = {
    url,
    port: Number(new URL(url).port),
    password,
    async crash() {
      await control("stop", "--mode", "immediate");
      isUp = false;
    },
    async start() {
      await control("start", "--log", log, "--options", settings.map((each) => `-c ${each}`).join(" "));
      isUp = true;
    },
    log: () => readFile(log, "utf8"),
  };
  atEnd(async () => {
    if (isUp) await stop();
  });
  await migrate(url);
  if (settings.length > 0) {
    await stop();
    await server.start();
  }
  return server;
}

/** A connection that ends with the file, and breaks in silence when its server does. */
export async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  atEnd(() => client.end().catch(() => undefined));
  return client;
}

/** An organization with a persona, for sessions. */
export const ids = { org: randomUUID(), persona: randomUUID() };

/** Something to copy: `sessions` sessions with 20 events of 500 bytes each. */
export async function seed(url: string, sessions: number): Promise<void> {
  await withClient(url, async (client) => {
    await client.query("INSERT INTO organizations (id, name, slug) VALUES ($1, 'Acme', 'acme')", [ids.org]);
    await client.query(
      "INSERT INTO personas (id, org_id, name, description, device) VALUES ($2, $1, 'Visitor', 'Has never been here.', 'phone')",
      [ids.org, ids.persona],
    );
    await client.query(
      `WITH made AS (
         INSERT INTO sessions (org_id, persona_id, url, objective)
         SELECT $1, $2, 'http://shop.test', 'Order a mug' FROM generate_series(1, $3) RETURNING id)
       INSERT INTO session_events (org_id, session_id, seq, attempt, type, payload)
       SELECT $1, id, seq, 1, 'note', jsonb_build_object('text', repeat('x', 500))
       FROM made, generate_series(1, 20) AS seq`,
      [ids.org, ids.persona, sessions],
    );
  });
}
