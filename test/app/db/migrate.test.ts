import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { expect, test } from "vitest";
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
