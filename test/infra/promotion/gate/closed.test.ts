import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { tidyGate } from "../../../../app/db/gate.ts";
import { migrate } from "../../../../app/db/migrate.ts";
import { PromotionError } from "../../../../infra/promotion/contract.ts";
import { close, closeForGood, drain, extend, open, readGate } from "../../../../infra/promotion/gate.ts";
import { movedTables } from "../../../../infra/promotion/tables.ts";
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

test("is opened in less than a minute though somebody reads every table for longer, and lets everybody write", async () => {
  await close(owner, closing);
  const reader = await connect();
  await reader.query("BEGIN");
  for (const { quoted } of await movedTables(owner)) await reader.query(`SELECT FROM ${quoted}`);
  await open(owner, { run, raiseEpoch: false });
  expect(await fences()).toBeGreaterThan(10);
  await write(owner, 1);
});

test("moves every ordinary table of public, and says how large it is", async () => {
  await owner.query(
    'CREATE TABLE "Odd ""name" (x int); CREATE VIEW seen AS SELECT 1; CREATE TEMP TABLE t ()',
  );
  await owner.query("INSERT INTO notes SELECT generate_series(1, 1000)");
  await owner.query("ANALYZE notes");
  const tables = await movedTables(owner);
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(["sessions", "notes", 'Odd "name']));
  expect(tables.map(({ name }) => name)).not.toContain("seen");
  expect(new Set(tables.map(({ schema }) => schema))).toEqual(new Set(["public"]));
  const notes = tables.find(({ name }) => name === "notes")!;
  expect(notes).toMatchObject({ quoted: "public.notes", estimatedRows: 1_000, blocks: 5 });
  expect(notes.bytes).toBeGreaterThan(5 * 8_192);
  expect(tables[0]).toMatchObject({ quoted: 'public."Odd ""name"', estimatedRows: 0, blocks: 0 });
});

describe("what is closed", () => {
  test("opens by itself when its time is over, with nobody there", async () => {
    await close(owner, { ...closing, windowMs: 300 });
    await expect(write(owner, 1)).rejects.toEqual(refusal);
    await vi.waitFor(() => write(owner, 1));
    expect(await readGate(owner)).toMatchObject({ state: "open", left: 0, hasLapsed: true });
    await migrate(url);
    expect(await fences()).toBe(0);
    expect(await readGate(owner)).toMatchObject({ state: "open", hasLapsed: false, epoch: 1 });
  });

  test("stays closed for good, says where it is served now, and opens for its promotion only", async () => {
    await close(owner, { ...closing, windowMs: 2_000 });
    await closeForGood(owner, run, 100, "https://farm.example");
    await closeForGood(owner, run, 100, "https://farm.example");
    expect(await readGate(owner)).toMatchObject({ left: Infinity, movedTo: "https://farm.example" });
    await sleep(2_100);
    await expect(write(owner, 1)).rejects.toEqual(refusal);
    await tidyGate(owner);
    expect(await fences()).toBeGreaterThan(0);
    await expect(open(owner, { run: other, raiseEpoch: true })).rejects.toThrow(PromotionError);
    expect(await open(owner, { run, raiseEpoch: true })).toBe(2);
    await write(owner, 1);
    expect(await fences()).toBe(0);
    expect(await readGate(owner)).toMatchObject({ state: "open", movedTo: null });
  });

  test("is not closed for good once it has opened by itself, or is about to", async () => {
    await close(owner, { ...closing, windowMs: 400 });
    await expect(closeForGood(owner, run, minute, "x")).rejects.toThrow(
      /opens by itself in \d+ ms, and 60000 ms have to be left/,
    );
    await vi.waitFor(() => write(owner, 1));
    await expect(closeForGood(owner, run, 0, "x")).rejects.toThrow(/has opened by itself/);
    await expect(extend(owner, run, minute, 0)).rejects.toThrow(PromotionError);
    await write(owner, 2);
  });

  test("is not closed for good after one write has passed, though the clock was set back since", async () => {
    await close(owner, { ...closing, windowMs: 1 });
    await vi.waitFor(() => write(owner, 1));
    await owner.query("UPDATE promotion.gate SET until = clock_timestamp() + interval '1 hour'");
    await expect(closeForGood(owner, run, 0, "x")).rejects.toThrow(PromotionError);
  });

  test("waits for a write that has passed, and is not closed for good behind it", async () => {
    await close(owner, { ...closing, windowMs: 1 });
    const writer = await connect();
    await writer.query("BEGIN");
    await vi.waitFor(() => write(owner, 1));
    await write(writer, 2);
    const closed = closeForGood(owner, run, 0, "x").catch((error: unknown) => error);
    const first = await Promise.race([closed, sleep(100, "waits")]);
    await writer.query("COMMIT");
    expect(first).toBe("waits");
    expect(await closed).toEqual(expect.objectContaining({ name: "PromotionError" }));
  });

  test("never takes a write and is closed for good as well, in any order of the two", async () => {
    const outcomes = { closed: 0, open: 0 };
    const writing = writers(6);
    onTestFinished(() => writing.end());
    const closer = await connect();
    // Where both outcomes are as likely, on a machine of any speed.
    let early = 10;
    for (let round = 0; round < 50; round++) {
      await close(closer, { ...closing, windowMs: 200 });
      const before = await ids();
      await sleep((await readGate(closer)).left - early);
      try {
        await closeForGood(closer, run, 0, "x");
        outcomes.closed++;
        early -= 2;
        const after = await ids();
        const { length } = writing.refused;
        await vi.waitFor(() => expect(writing.refused.length).toBeGreaterThan(length + 6));
        expect(after, `round ${round}`).toEqual(before);
        expect(await ids(), `round ${round}`).toEqual(before);
      } catch (error) {
        if (!(error instanceof PromotionError)) throw error;
        outcomes.open++;
        early += 2;
      }
      await open(closer, { run, raiseEpoch: false });
    }
    expect(outcomes.closed).toBeGreaterThan(5);
    expect(outcomes.open).toBeGreaterThan(5);
  }, 120_000);

  test("has more time when it is given some", async () => {
    await close(owner, { ...closing, windowMs: 500 });
    await extend(owner, run, minute, 0);
    await sleep(600);
    await expect(write(owner, 1)).rejects.toEqual(refusal);
    await extend(owner, run, 1, 0);
    expect((await readGate(owner)).left).toBeGreaterThan(minute / 2);
  });
});

describe("draining", () => {
  const draining = { run, sessions: "hand-over", answer: "hold", windowMs: minute } as const;

  test("lets everybody write, and is over when the gate is closed or its time is", async () => {
    await drain(owner, draining);
    await drain(owner, draining);
    await write(owner, 1);
    expect(await readGate(owner)).toMatchObject({ state: "draining", sessions: "hand-over" });
    await close(owner, { ...closing, windowMs: Infinity });
    await drain(owner, draining);
    expect(await readGate(owner)).toMatchObject({ state: "closed", sessions: "hand-over", left: Infinity });
    await open(owner, { run, raiseEpoch: false });
    await drain(owner, { ...draining, windowMs: 1 });
    await vi.waitFor(async () => expect((await readGate(owner)).state).toBe("open"));
    await drain(owner, { ...draining, run: other });
    await expect(drain(owner, draining)).rejects.toThrow(PromotionError);
  });
});

describe("opening", () => {
  test("raises the epoch once, above that of the other side, and goes on while somebody reads for long", async () => {
    await close(owner, closing);
    const reader = await connect();
    await reader.query("BEGIN; SELECT FROM notes");
    const opened = open(owner, { run, raiseEpoch: true, above: 7 });
    const writer = await connect();
    await vi.waitFor(() => write(writer, 1), { interval: 20, timeout: 30_000 });
    await reader.query("COMMIT");
    expect(await opened).toBe(8);
    expect(await open(owner, { run, raiseEpoch: true, above: 7 })).toBe(8);
    expect(await fences()).toBe(0);
    expect(await open(owner, { run: other, raiseEpoch: true })).toBe(9);
  });
});
