import { expect, test } from "vitest";
import { withClient } from "../../../app/backup/connection.ts";
import { differences, fingerprint } from "../../../app/db/fingerprint.ts";
import { emptyDatabase } from "../../support/postgres.ts";

/** Fingerprint after some statements, in a transaction with what a session may have set. */
const after = (url: string, ...statements: string[]) =>
  withClient(url, async (client) => {
    await client.query("BEGIN");
    for (const statement of statements) await client.query(statement);
    const found = await fingerprint(client);
    await client.query("COMMIT");
    return found;
  });

const values = "CREATE TABLE things (t text, at timestamptz, much float8, raw bytea)";
const [one, two] = [
  "INSERT INTO things VALUES ('a', '2026-11-25T12:00:00+02', 0.1, '\\x00ff')",
  "INSERT INTO things VALUES (NULL, 'infinity', 'NaN', NULL)",
];

test("is the same for the same rows in another order, database and session", async () => {
  const [first, second] = [await emptyDatabase(), await emptyDatabase()];
  const found = await after(first, values, one, two);
  expect(found).toEqual([
    { table: "public.things", rows: 2, hash: expect.stringMatching(/^-?\d+$/) as string },
  ]);
  const session = [
    "SET LOCAL timezone TO 'Asia/Tokyo'",
    "SET LOCAL datestyle TO 'German'",
    "SET LOCAL extra_float_digits TO -15",
    "SET LOCAL bytea_output TO 'escape'",
  ];
  expect(await after(second, ...session, values, two, one)).toEqual(found);
});

test("differs when one value does, when a row is there twice, and when one is missing", async () => {
  const url = await emptyDatabase();
  const before = await after(url, values, one, two);
  expect(differences(before, before)).toEqual([]);
  const changed = await after(url, "UPDATE things SET much = 0.2 WHERE t = 'a'");
  expect(differences(before, changed)).toEqual(["public.things has other content in its 2 rows"]);
  const doubled = await after(url, "UPDATE things SET much = 0.1 WHERE t = 'a'", one);
  expect(differences(before, doubled)).toEqual(["public.things has 3 rows instead of 2"]);
  const fewer = await after(url, "DELETE FROM things", one, one);
  expect(differences(before, fewer)).toEqual(["public.things has other content in its 2 rows"]);
});

test("names tables that are missing and that are not expected, in every schema and with any name", async () => {
  const url = await emptyDatabase();
  const before = await after(url, 'CREATE SCHEMA "Odd"', 'CREATE TABLE "Odd"."a ""b""" (x int)');
  const other = await after(url, 'DROP TABLE "Odd"."a ""b"""', "CREATE TABLE more ()");
  expect(differences(before, other)).toEqual(['Odd.a "b" is missing', "public.more is not expected"]);
});

test("refuses to count a table of which it would see some rows only", async () => {
  const url = await emptyDatabase();
  await after(
    url,
    "CREATE TABLE hidden (x int)",
    "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE hidden FORCE ROW LEVEL SECURITY",
    "CREATE ROLE fingerprint_reader",
    "GRANT pg_read_all_data TO fingerprint_reader",
  );
  await expect(after(url, "SET LOCAL ROLE fingerprint_reader")).rejects.toThrow(/row-level security/);
  await after(url, "DROP ROLE fingerprint_reader");
});
