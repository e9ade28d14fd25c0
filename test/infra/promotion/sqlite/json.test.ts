import { join } from "node:path";
import { expect, test } from "vitest";
import type { Report } from "../../../../infra/promotion/sqlite/import.ts";
import { oldTime, tenRows } from "../../../support/old-product.ts";
import { startImport } from "./command.ts";
import { directory, screenshots } from "./place.ts";

const rows = 100_000;
/** As of a whole import, kill.test.ts. */
const mostMemory = 230;

const env = { PATH: process.env["PATH"]!, HOME: directory };
const dryRun = (file: string, ...args: string[]) =>
  startImport([file, "--dry-run", "--screenshots", screenshots, ...args], env).ended;

/** Of which nothing fits but what fits anyhow. */
function databaseOfMisfits(): string {
  const file = join(directory, "misfits.db");
  const old = tenRows(file, screenshots);
  old.run(`
    WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < ${999 + rows})
    INSERT INTO personas SELECT i, '', 'x', 'desktop', ${oldTime} FROM n`);
  old.close();
  return file;
}

test("with --json each row that does not fit is listed, in no more memory than an import takes", async () => {
  const file = databaseOfMisfits();
  const { code, stdout, stderr, megabytes } = await dryRun(file, "--json");
  expect(code, stderr).toBe(1);
  const { outcome, sha256, problems } = JSON.parse(stdout) as Report & {
    readonly problems: { readonly rows: readonly unknown[] };
  };
  const { rows: all, ...totals } = problems;
  console.log(`${all.length} rows that do not fit, ${megabytes.toFixed(0)} MB`);
  expect(totals).toEqual({ general: [], total: rows, columns: [{ column: "personas.name", total: rows }] });
  expect(all.length).toBe(rows);
  expect(all.at(-1)).toEqual({
    table: "personas",
    row: String(999 + rows),
    column: "name",
    value: '""',
    problem: "must not be empty",
  });
  expect([outcome, sha256.length]).toEqual(["refused", 64]);
  expect(megabytes).toBeLessThanOrEqual(mostMemory);
  const inWords = await dryRun(file);
  expect(inWords.stdout.split("\n").length).toBe(1 + 100 + 1 + 1);
  expect(inWords.stdout).toContain(
    "- personas.name: 100,000 values do not fit, of which these are the first 100; --json lists all",
  );
});

test("a session that is larger than memory is read in no more of it", async () => {
  const file = join(directory, "long.db");
  const old = tenRows(file, screenshots);
  old.run(`
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    WITH RECURSIVE n (i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < 45000)
    INSERT INTO actions SELECT 1000 + i, 40, i, 'click', '{"ref":"e1"}', hex(randomblob(1500)), NULL, NULL,
      'https://shop.example/', 'Shop', 1, NULL, NULL, NULL, ${oldTime} FROM n`);
  old.close();
  const { code, stdout, stderr, megabytes } = await dryRun(file);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("45,004  session_events");
  console.log(`45,000 actions in one session, ${megabytes.toFixed(0)} MB`);
  expect(megabytes).toBeLessThanOrEqual(mostMemory);
});

test("with --json nothing that does not fit is an empty list", async () => {
  const file = join(directory, "fits.db");
  tenRows(file, screenshots).close();
  const { code, stdout } = await dryRun(file, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    outcome: "checked",
    problems: { rows: [], total: 0, general: [], columns: [] },
  });
});
