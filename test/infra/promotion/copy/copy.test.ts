import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { withClient } from "../../../../app/backup/connection.ts";
import { copyDatabase, finishCopy, undoCopy } from "../../../../infra/promotion/copy/copy.ts";
import { close } from "../../../../infra/promotion/gate.ts";
import { migratedDatabase } from "../../../support/postgres.ts";
import { contents, copyOf, nastySource, nastyTarget, query, type Contents } from "./nasty.ts";

let [source, before] = ["", {} as Contents];
beforeAll(async () => {
  source = await nastySource();
  before = await contents(source);
});

const one = async (url: string, statement: string) =>
  Object.values((await query(url, statement)).rows[0] as object)[0] as unknown;

const isThere = (url: string) => one(url, "SELECT to_regnamespace('promotion_copy') IS NOT NULL");

describe("copyDatabase", () => {
  test("makes the target equal in rows, structure and sequences, and leaves nothing of its own", async () => {
    const [target, run] = [await nastyTarget(), randomUUID()];
    // In more parts than there are tables.
    const copied = await copyDatabase({ source, target, run, partBytes: 128 * 1024 });
    const rows = before.tables.reduce((sum, table) => sum + table.rows, 0);
    expect(copied).toEqual({ tables: before.tables.length, rows, sequences: before.sequences.length });
    const parts = Number(await one(target, "SELECT count(*) FROM promotion_copy.chunks"));
    expect(parts).toBeGreaterThan(before.tables.length);
    await finishCopy({ target, run });
    expect(await contents(target)).toEqual(before);
  });

  test("copies nothing again once it is done", async () => {
    const [from, target] = await copyOf("CREATE TABLE t (n integer)", "INSERT INTO t VALUES (1)");
    const run = randomUUID();
    const first = await copyDatabase({ source: from, target, run });
    const steps: string[] = [];
    const again = await copyDatabase({ source: from, target, run, report: ({ what }) => steps.push(what) });
    expect({ again, steps }).toEqual({ again: first, steps: [] });
  });

  test("replaces what was on the target", async () => {
    const [from, target] = await copyOf("CREATE TABLE t (n integer PRIMARY KEY)", "INSERT INTO t VALUES (1)");
    await query(target, "INSERT INTO t VALUES (1), (2)");
    await copyDatabase({ source: from, target, run: randomUUID() });
    expect(await one(target, "SELECT array_agg(n) FROM t")).toEqual([1]);
  });

  test("copies what a snapshot holds while others write, and goes on with no other one", async () => {
    const [from, target] = await copyOf("CREATE TABLE t (n integer)", "INSERT INTO t VALUES (1), (2)");
    await withClient(from, async (client) => {
      await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
      const { rows } = await client.query<{ id: string }>("SELECT pg_export_snapshot() AS id");
      await query(from, "INSERT INTO t SELECT generate_series(3, 5000)");
      const options = { source: from, target, run: randomUUID() };
      await copyDatabase({ ...options, snapshot: rows[0]!.id });
      expect(await one(target, "SELECT array_agg(n ORDER BY n) FROM t")).toEqual([1, 2]);
      await expect(copyDatabase(options)).rejects.toThrow(
        `target: its copy was begun with the snapshot ${rows[0]!.id}, and is called with a closed source`,
      );
    });
  });

  test("passes the gate that its promotion has closed on the target, which stays closed to others", async () => {
    const [from, target, run] = [await migratedDatabase(), await migratedDatabase(), randomUUID()];
    await query(from, "INSERT INTO organizations (name, slug) VALUES ('Acme', 'acme')");
    await withClient(target, (client) => close(client, { run, answer: "refuse", windowMs: Infinity }));
    await copyDatabase({ source: from, target, run });
    expect(await one(target, "SELECT slug FROM organizations")).toBe("acme");
    await expect(query(target, "DELETE FROM organizations")).rejects.toMatchObject({ code: "TF001" });
  });

  test("ends what a killed runner has left on the server, and waits for none of it", async () => {
    const [from, target] = await copyOf("CREATE TABLE t (n integer)", "INSERT INTO t VALUES (1)");
    const run = randomUUID();
    const left = Object.assign(new URL(target), { search: `?application_name=testfarm-copy-${run}` }).href;
    const work = withClient(left, async (client) => {
      await client.query("BEGIN");
      await client.query("LOCK TABLE t");
      await copyDatabase({ source: from, target, run });
      await client.query("COMMIT");
    });
    await expect(work).rejects.toThrow("connection error");
    expect(await one(target, "SELECT n FROM t")).toBe(1);
  });
});

describe("undoCopy", () => {
  test("empties the tables and gives them all back that they had", async () => {
    const [target, run] = [await nastyTarget(), randomUUID()];
    const fresh = await contents(target);
    await copyDatabase({ source, target, run });
    await undoCopy({ target, run });
    expect(await isThere(target)).toBe(false);
    expect(await contents(target)).toEqual(fresh);
  });

  test("deletes nothing where no copy was begun, or it was finished", async () => {
    const [from, target] = await copyOf("CREATE TABLE t (n integer)", "INSERT INTO t VALUES (1)");
    const run = randomUUID();
    await undoCopy({ target: from, run });
    expect(await one(from, "SELECT n FROM t")).toBe(1);
    await copyDatabase({ source: from, target, run });
    await finishCopy({ target, run });
    await undoCopy({ target, run });
    expect(await one(target, "SELECT n FROM t")).toBe(1);
  });
});
