import { setTimeout as sleep } from "node:timers/promises";
import { Client, Pool } from "pg";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { migrate } from "../../../../app/db/migrate.ts";
import { close, extend, open, passGate, readGate } from "../../../../infra/promotion/gate.ts";
import { movedTables } from "../../../../infra/promotion/tables.ts";
import { atEnd } from "../../../support/at-end.ts";
import { emptyDatabase } from "../../../support/postgres.ts";
import {
  closing,
  connect,
  fences,
  ids,
  minute,
  other,
  owner,
  prepare,
  refusal,
  run,
  url,
  write,
  writers,
} from "./notes.ts";

beforeEach(prepare);

describe("closing", () => {
  test("refuses every write after the last one that was answered, and loses none", async () => {
    const writing = writers(8);
    await vi.waitFor(() => expect(writing.acked.length).toBeGreaterThan(200));
    await close(owner, closing);
    const closed = await ids();
    const { length } = writing.refused;
    await vi.waitFor(() => expect(writing.refused.length).toBeGreaterThan(length + 50));
    await writing.end();
    expect(await ids()).toEqual(closed);
    expect(writing.acked.toSorted((a, b) => a - b)).toEqual(closed);
    for (const error of writing.refused) expect(error).toEqual(refusal);
  });

  test("refuses each kind of write to each table, says why, and lets everybody read", async () => {
    await write(owner, 1);
    await close(owner, closing);
    for (const { quoted } of await movedTables(owner)) {
      await expect(owner.query(`DELETE FROM ${quoted} WHERE false`)).rejects.toEqual(refusal);
      await expect(owner.query(`TRUNCATE ${quoted} CASCADE`)).rejects.toEqual(refusal);
      await owner.query(`SELECT FROM ${quoted}`);
    }
    await expect(owner.query("UPDATE notes SET id = 2")).rejects.toThrow(
      "public.notes takes no writes: the installation is being moved",
    );
    await expect(owner.query("INSERT INTO notes VALUES (1) ON CONFLICT DO NOTHING")).rejects.toEqual(refusal);
    expect(await ids()).toEqual([1]);
  });

  test("refuses what is written to a partitioned table, and to its partitions", async () => {
    await owner.query(`CREATE TABLE days (day date PRIMARY KEY) PARTITION BY RANGE (day);
      CREATE TABLE days_2026 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`);
    await close(owner, closing);
    for (const table of ["days", "days_2026"])
      await expect(owner.query(`INSERT INTO ${table} VALUES ('2026-11-28')`)).rejects.toEqual(refusal);
    await open(owner, { run, raiseEpoch: false });
    await owner.query("INSERT INTO days VALUES ('2026-11-28')");
    expect((await owner.query("SELECT FROM days_2026")).rowCount).toBe(1);
  });

  test("waits for a transaction that has written, and refuses the rest of one that has only read", async () => {
    const [first, second] = [await connect(), await connect()];
    for (const client of [first, second]) await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await write(first, 1);
    expect(await ids(second)).toEqual([]);
    const closed = close(owner, closing);
    // It queues only shortly, so others write meanwhile.
    await write(await connect(), 2);
    await first.query("COMMIT");
    await closed;
    // Its snapshot is older than the gate's state.
    await expect(write(second, 3)).rejects.toThrow(/takes no writes|could not serialize/);
    expect(await ids()).toEqual([1, 2]);
  });

  test("says who is in the way when somebody writes for long, and leaves it open", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"], shouldAdvanceTime: true });
    onTestFinished(() => void vi.useRealTimers());
    const slow = await connect(`${url}?application_name=slow-import`);
    await slow.query("BEGIN");
    await write(slow, 1);
    await expect(close(owner, closing)).rejects.toThrow(/locked: .* \(process \d+, slow-import\) for \d+ s/);
    await slow.query("COMMIT");
    expect((await readGate(owner)).state).toBe("open");
    await write(owner, 2);
  }, 60_000);

  test("goes through though each of many transactions writes to several tables, in any order", async () => {
    await owner.query("CREATE TABLE more (id int); CREATE TABLE another (id int)");
    const over = new AbortController();
    const pool = new Pool({ connectionString: url, max: 6 });
    const failures: unknown[] = [];
    const tables = [
      ["notes", "more", "another"],
      ["another", "notes", "more"],
      ["more", "another", "notes"],
    ];
    let [next, committed] = [0, 0];
    const busy = Array.from({ length: 6 }, async (_, n) => {
      while (!over.signal.aborted) {
        const client = await pool.connect();
        const id = (next += 1);
        try {
          await client.query("BEGIN");
          for (const table of tables[n % 3]!) await client.query(`INSERT INTO ${table} VALUES ($1)`, [id]);
          await client.query("COMMIT");
          committed++;
        } catch (error) {
          failures.push(error);
          await client.query("ROLLBACK");
        }
        client.release();
      }
    });
    await vi.waitFor(() => expect(committed).toBeGreaterThan(50));
    await close(owner, closing);
    await vi.waitFor(() => expect(failures.length).toBeGreaterThan(20));
    over.abort();
    await Promise.all(busy);
    await pool.end();
    for (const error of failures) expect(error).toEqual(refusal);
    for (const table of ["notes", "more", "another"])
      expect((await owner.query(`SELECT FROM ${table}`)).rows).toHaveLength(committed);
  });

  test("lets the promotion itself pass, and nobody who names another one", async () => {
    await close(owner, closing);
    const runner = await connect();
    await passGate(runner, other);
    await expect(write(runner, 1)).rejects.toEqual(refusal);
    await passGate(runner, run);
    await write(runner, 1);
    await runner.query("TRUNCATE notes");
  });

  test("does not hold the gate for as long as the promotion writes", async () => {
    await close(owner, closing);
    const runner = await connect();
    await passGate(runner, run);
    await runner.query("BEGIN");
    await write(runner, 1);
    await extend(owner, run, 2 * minute, 0);
    await runner.query("COMMIT");
    expect((await readGate(owner)).left).toBeGreaterThan(minute);
  });

  test("lets changes pass that are applied by replication", async () => {
    await close(owner, closing);
    await owner.query("SET session_replication_role TO replica");
    await write(owner, 1);
    expect(await ids()).toEqual([1]);
  });

  test("is not for the services' account to undo", async () => {
    const admin = await emptyDatabase();
    const service = Object.assign(new URL(admin), { username: "app", password: "app-of-the-gate" }).href;
    await migrate(admin, { serviceUrl: service });
    const [client, app] = [await connect(admin), await connect(service)];
    atEnd(() => dropRole(admin));
    await close(client, closing);
    expect(await readGate(app)).toMatchObject({ state: "closed", run });
    await expect(app.query("DELETE FROM sessions")).rejects.toEqual(refusal);
    for (const statement of [
      "UPDATE promotion.gate SET state = 'open'",
      "DELETE FROM promotion.gate",
      "SELECT nextval('promotion.lapsed')",
      "ALTER TABLE sessions DISABLE TRIGGER promotion_fence",
      "DROP TRIGGER promotion_fence ON sessions",
      "SET session_replication_role TO replica",
    ])
      await expect(app.query(statement), statement).rejects.toThrow(/permission denied|must be owner/);
  });

  test("twice is closing once, with the time of the first", async () => {
    await close(owner, closing);
    const { left } = await close(owner, { ...closing, windowMs: 10 * minute });
    expect(left).toBeLessThanOrEqual(minute);
    await expect(close(owner, { ...closing, run: other })).rejects.toThrow(
      `The gate of this database is closed for promotion ${run}, not for ${other}. Resume or undo that one first.`,
    );
  });

  test("that is killed anywhere leaves it closed with every fence, or open", async () => {
    const all = (await movedTables(owner)).length;
    const found = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const closer = await connect();
      const { rows } = await closer.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      const closed = close(closer, closing).catch(() => undefined);
      await sleep(Math.random() * 30);
      await owner.query("SELECT pg_terminate_backend($1, 5000)", [rows[0]!.pid]);
      await closed;
      const { state } = await readGate(owner);
      found.add(`${state} ${await fences()}`);
      await open(owner, { run, raiseEpoch: false });
    }
    expect([...found].filter((each) => each !== `closed ${all}` && !each.startsWith("open "))).toEqual([]);
    expect(await fences()).toBe(0);
  });
});

async function dropRole(admin: string): Promise<void> {
  const client = new Client({ connectionString: admin });
  await client.connect();
  await client.query("DROP OWNED BY app; DROP ROLE app").finally(() => client.end());
}
