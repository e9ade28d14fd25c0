import { Client } from "pg";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Ahead, readAhead } from "../../../../infra/promotion/verify/ahead.ts";
import type { Measured } from "../../../../infra/promotion/verify/contract.ts";
import { toText } from "../../../../infra/promotion/verify/text.ts";
import { verify } from "../../../../infra/promotion/verify/verify.ts";
import { prepare, source, target } from "./compare.ts";
import { query } from "./sides.ts";

beforeAll(prepare);

const onBoth = async (...statements: string[]) => {
  await query(source.databaseUrl, ...statements);
  await query(target.databaseUrl, ...statements);
};

async function ahead(): Promise<Ahead> {
  const read = await readAhead({ source, target }, { jobs: 2 });
  onTestFinished(read.release);
  return read;
}

/** What differs, of how many rows, and how many were read for it. */
async function since(read: Ahead) {
  let counts: Measured | undefined;
  const measured = (found: Measured) => (counts = found);
  const differences = await verify({ source, target, ahead: read, jobs: 2, objects: "sizes", measured });
  return { text: toText(differences), rows: counts?.rows, rowsRead: counts?.rowsRead };
}

/** Things that parts refer to: whoever has added those has locked them. */
const locked = 1_001;

test("where nothing has changed only what was locked is read again", async () => {
  const read = await ahead();
  expect(read.rows).toBe(7_300);
  expect(await since(read)).toEqual({ text: "", rows: 7_300, rowsRead: locked });
});

test("what has changed alike on both sides is the same, and all else is not read again", async () => {
  const open = new Client({ connectionString: source.databaseUrl });
  await open.connect();
  onTestFinished(() => open.end());
  await open.query("BEGIN; INSERT INTO nameless VALUES (42); UPDATE nameless SET x = 43 WHERE x = 3");
  const read = await ahead();
  await open.query("COMMIT");
  await query(
    target.databaseUrl,
    "INSERT INTO nameless VALUES (42)",
    "UPDATE nameless SET x = 43 WHERE x = 3",
  );
  await onBoth(
    "INSERT INTO things (name) VALUES ('new'), ('new, and gone')",
    "DELETE FROM things WHERE name = 'new, and gone'",
    "UPDATE things SET note = '{}' WHERE id < 20",
    "UPDATE things SET note = NULL WHERE id < 10",
    "DELETE FROM large WHERE body LIKE 'a%'",
    "BEGIN; DELETE FROM parts; ROLLBACK",
  );
  await query(source.databaseUrl, "BEGIN; SELECT FROM parts FOR UPDATE; COMMIT", "VACUUM things");
  const { text, rows, rowsRead } = await since(read);
  expect(text).toBe("");
  expect(rows).toBe(await count());
  expect(rowsRead).toBeLessThan(locked + 2_000 + 100);
});

async function count(): Promise<number> {
  let all = 0;
  await verify({ source, target, objects: "sizes", measured: ({ rows }) => (all = rows) });
  return all;
}

describe("what has changed on one side alone is found", () => {
  test.each([
    ["a new row", "INSERT INTO nameless VALUES (5)", "public.nameless"],
    ["a row that is gone", "DELETE FROM things WHERE id = 1234", "missing there: 1234"],
    ["another text", "UPDATE things SET name = 'other' WHERE id = 77", "not the same: 77 (name)"],
    [
      "a value that is exchanged with another row's",
      swap("things", 100, 101),
      "not the same: 100 (name), 101 (name)",
    ],
    ["a table that is empty", "TRUNCATE nameless", "public.nameless"],
    [
      "a column of another type",
      "ALTER TABLE things ALTER COLUMN price TYPE numeric(9, 1)",
      "public.things.price",
    ],
    ["a column that is gone", "ALTER TABLE things DROP COLUMN price", "public.things.price"],
  ])("%s", async (_, change, said) => {
    await prepare();
    const read = await ahead();
    await query(target.databaseUrl, change);
    expect((await since(read)).text).toContain(said);
  });
});

test("all is read again where a moment was not kept", async () => {
  await prepare();
  const read = await ahead();
  await query(
    target.databaseUrl,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'",
    "DELETE FROM things WHERE id = 1234",
  );
  expect(await since(read)).toMatchObject({
    text: expect.stringContaining("missing there: 1234") as string,
    rowsRead: 7_300,
  });
});

function swap(table: string, one: number, other: number): string {
  return `UPDATE ${table} AS t SET name = u.name FROM ${table} AS u WHERE t.id + u.id = ${one + other} AND t.id IN (${one}, ${other})`;
}
