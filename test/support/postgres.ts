import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { migrate } from "../../app/db/migrate.ts";
import { startPostgres } from "../../app/embedded/postgres.ts";
import { atEnd } from "./at-end.ts";

/** Address of a server of PostgreSQL 17 for the tests of one file. */
let server: Promise<string> | undefined;

async function startServer(): Promise<string> {
  const given = process.env["TEST_DATABASE_URL"];
  if (given !== undefined) return given;
  const directory = await mkdtemp(join(tmpdir(), "testfarm-postgres-"));
  const postgres = await startPostgres({ directory, password: randomUUID() });
  atEnd(async () => {
    server = undefined;
    await postgres.stop();
    await rm(directory, { recursive: true });
  });
  return postgres.url;
}

async function onServer(statement: string): Promise<void> {
  const client = new Client({ connectionString: await server! });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

/**
 * An empty database of its own for a test or a suite, as the server's owner: on the server at `TEST_DATABASE_URL`, or on
 * one started from the package in a temporary directory. All of it goes at the end of the file.
 */
export async function emptyDatabase(): Promise<string> {
  server ??= startServer();
  const url = await server;
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await onServer(`CREATE DATABASE ${name}`);
  atEnd(() => onServer(`DROP DATABASE ${name} WITH (FORCE)`));
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

/** The same with the application's tables in it. */
export async function migratedDatabase(): Promise<string> {
  const url = await emptyDatabase();
  await migrate(url);
  return url;
}
