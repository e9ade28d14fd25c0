import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { expect, test } from "vitest";
import { migrate } from "../../../app/db/migrate.ts";
import { emptyDatabase } from "../../support/postgres.ts";

const run = promisify(execFile);

async function query<Row extends object>(url: string, statement: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Row>(statement).finally(() => client.end());
  return rows;
}

test("ten processes that migrate at the same time all succeed, and each migration is applied once", async () => {
  const url = await emptyDatabase();
  const env = { ...process.env, DATABASE_ADMIN_URL: url, LOG_LEVEL: "silent" };
  const boots = Array.from({ length: 10 }, () =>
    run(process.execPath, ["--import", "tsx", "app/main.ts", "migrate"], { env }),
  );
  await Promise.all(boots);

  const files = (await readdir("app/db/migrations")).filter((name) => name.endsWith(".sql"));
  expect(await query(url, "SELECT hash FROM drizzle.__drizzle_migrations")).toHaveLength(files.length);
  const versions = await query<{ version: number }>(url, "SELECT version FROM bullmq.migration");
  expect(versions.length).toBeGreaterThan(0);
  expect(new Set(versions.map(({ version }) => version)).size).toBe(versions.length);
}, 60_000);

test("the account app can use every table of the application and of the queue, and alter none", async () => {
  const url = await emptyDatabase();
  await query(url, "DROP ROLE IF EXISTS app");
  await query(url, "CREATE ROLE app LOGIN PASSWORD 'app'");
  await migrate(url);
  await query(url, "CREATE TABLE created_later (id int)");

  const asApp = Object.assign(new URL(url), { username: "app", password: "app" }).href;
  const tables = await query<{ name: string }>(
    url,
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'bullmq')",
  );
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["public.sessions", "public.created_later", "bullmq.job"]),
  );
  for (const { name } of tables) {
    await query(asApp, `SELECT FROM ${name}`);
    await query(asApp, `DELETE FROM ${name} WHERE false`);
    await expect(query(asApp, `ALTER TABLE ${name} ADD COLUMN more int`)).rejects.toThrow(/must be owner/);
  }
  // `npm run doctor` asks for them.
  await query(asApp, "SELECT FROM drizzle.__drizzle_migrations");
  await expect(query(asApp, "DELETE FROM drizzle.__drizzle_migrations")).rejects.toThrow(/permission denied/);
  await query(url, "DROP OWNED BY app");
  await query(url, "DROP ROLE app");
});
