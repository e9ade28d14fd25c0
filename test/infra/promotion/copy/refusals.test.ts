import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { withClient } from "../../../../app/backup/connection.ts";
import { PromotionError } from "../../../../infra/promotion/contract.ts";
import { copyDatabase, finishCopy, undoCopy } from "../../../../infra/promotion/copy/copy.ts";
import { copySequences } from "../../../../infra/promotion/copy/sequences.ts";
import { cuttable } from "../../../support/cuttable.ts";
import { emptyDatabase } from "../../../support/postgres.ts";
import { contents, copyOf, nastySource, nastyTarget, query } from "./nasty.ts";

/** The same database by a way that can be cut. */
async function cuttableWay(url: string) {
  const { url: way, cut } = await cuttable(Number(new URL(url).port));
  return { url: Object.assign(new URL(url), { port: new URL(way).port }).href, cut };
}

const connections =
  "SELECT FROM pg_stat_activity WHERE application_name LIKE 'testfarm-copy-%' AND datname = current_database()";

test.each(["source", "target"] as const)(
  "a cut way to the %s is told, and the next call goes on",
  async (side) => {
    const ends = { source: await nastySource(), target: await nastyTarget() };
    const run = randomUUID();
    const way = await cuttableWay(ends[side]);
    let parts = 0;
    const cutting = copyDatabase({
      ...ends,
      [side]: way.url,
      run,
      jobs: 2,
      partBytes: 256 * 1024,
      report: ({ done }) => {
        parts = done;
        if (done === 5) way.cut();
      },
    });
    await expect(cutting).rejects.toThrow(PromotionError);
    await expect(cutting).rejects.toThrow(
      new RegExp(`^${side}: .* failed: .*the same call goes on from there`),
    );
    const resumed: number[] = [];
    await copyDatabase({
      ...ends,
      run,
      report: ({ what, done }) => what === "parts of tables" && resumed.push(done),
    });
    expect(resumed[0]).toBeGreaterThan(parts);
    await finishCopy({ target: ends.target, run });
    expect(await contents(ends.target)).toEqual(await contents(ends.source));
  },
);

test("ends at once with its signal, and leaves no connection", async () => {
  const [source, target] = [await nastySource(), await nastyTarget()];
  const stop = new AbortController();
  const why = new Error("enough");
  let steps = 0;
  const copying = copyDatabase({
    source,
    target,
    run: randomUUID(),
    signal: stop.signal,
    report: () => {
      steps++;
      stop.abort(why);
    },
  });
  await expect(copying).rejects.toBe(why);
  // What the other connections had done already, at the most.
  expect(steps).toBeLessThanOrEqual(4);
  for (const url of [source, target])
    await vi.waitFor(async () => expect((await query(url, connections)).rowCount).toBe(0));
});

test("a server that is not there is told without its password", async () => {
  const [source, target] = await copyOf("CREATE TABLE t ()", "SELECT");
  const { url, cut } = await cuttableWay(target);
  cut();
  const copying = copyDatabase({ source, target: url, run: randomUUID() });
  await expect(copying).rejects.toThrow(/^target: connecting failed: .*ECONNREFUSED/);
  await expect(copying).rejects.not.toThrow(new URL(url).password);
});

test("every difference of tables and columns is named, and the target is as it was", async () => {
  const [source, target] = [await emptyDatabase(), await emptyDatabase()];
  await query(
    source,
    "CREATE TABLE a (n integer, m text, only_here date); CREATE TABLE b (); CREATE TABLE c (x int, y int)",
  );
  await query(
    target,
    'CREATE TABLE a (n bigint, m text); CREATE TABLE "D" (); CREATE TABLE c (y int, x int)',
  );
  await query(target, "INSERT INTO a VALUES (1)");
  await expect(copyDatabase({ source, target, run: randomUUID() })).rejects.toThrow(
    [
      "Source and target have not the same tables; migrate both with the same version:",
      "public.a: column n is integer on the source and is bigint on the target",
      "public.a: column only_here is date on the source and is missing on the target",
      "public.b is on the source only",
      'public."D" is on the target only',
    ].join("\n- "),
  );
  expect((await query(target, "SELECT FROM a")).rowCount).toBe(1);
});

test.each([
  {
    what: "a view",
    ddl: "CREATE VIEW totals AS SELECT a.*, count(*) FROM a GROUP BY a.n",
    names: "view public.totals depends on constraint a_pkey on table public.a",
  },
  {
    what: "a foreign key of another schema",
    ddl: "CREATE SCHEMA other; CREATE TABLE other.b (n integer REFERENCES a)",
    names: "constraint b_n_fkey on table other.b depends on index public.a_pkey",
  },
])("$what that needs what is taken away is named, and the target is as it was", async ({ ddl, names }) => {
  const [source, target] = await copyOf("CREATE TABLE a (n integer PRIMARY KEY, m text)", "SELECT");
  await query(target, ddl);
  await query(target, "INSERT INTO a VALUES (1)");
  const before = await contents(target);
  await expect(copyDatabase({ source, target, run: randomUUID() })).rejects.toThrow(names);
  expect(await contents(target)).toEqual(before);
});

test("another promotion can neither go on with a copy nor take it back", async () => {
  const [source, target] = await copyOf("CREATE TABLE t ()", "SELECT");
  const [run, other] = [randomUUID(), randomUUID()];
  await copyDatabase({ source, target, run });
  const told = `target: the promotion ${run} is copying into it, and this is ${other}`;
  await expect(copyDatabase({ source, target, run: other })).rejects.toThrow(told);
  await expect(undoCopy({ target, run: other })).rejects.toThrow(told);
  await expect(finishCopy({ target, run: other })).rejects.toThrow(told);
});

test("a copy that is not done is not finished", async () => {
  const [source, target] = await copyOf("CREATE TABLE t (n integer)", "INSERT INTO t VALUES (1), (1)");
  const run = randomUUID();
  await query(target, "CREATE UNIQUE INDEX ON t (n)");
  await expect(copyDatabase({ source, target, run })).rejects.toThrow(
    "target: making index public.t_n_idx failed",
  );
  await expect(finishCopy({ target, run })).rejects.toThrow("target: its copy is not done");
});

test("sequences that are missing on the target are named, and none is set", async () => {
  const [source, target] = await copyOf("CREATE SEQUENCE a; SELECT nextval('a')", "SELECT nextval('a')");
  await query(source, 'CREATE SEQUENCE "B"');
  await withClient(source, (from) =>
    withClient(target, async (to) => {
      await expect(copySequences(from, to)).rejects.toThrow('target: sequences are missing: public."B";');
      expect((await to.query("SELECT last_value FROM a")).rows).toEqual([{ last_value: "1" }]);
      await to.query('CREATE SEQUENCE "B"');
      expect(await copySequences(from, to)).toBe(2);
      expect((await to.query("SELECT last_value FROM a")).rows).toEqual([{ last_value: "2" }]);
    }),
  );
});
