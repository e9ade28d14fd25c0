import { beforeAll, expect, test, vi } from "vitest";
import { isMoved, watchGate } from "../../../app/promotion/gate.ts";
import { type TestSide, testSide } from "./side.ts";

let side: TestSide;
beforeAll(async () => {
  side = await testSide();
});

const { signal: never } = new AbortController();

test("a process sees that the gate is closed and opened, and keeps the epoch it has started with", async () => {
  const { gate } = await side.another();
  expect([gate.now().state, gate.epoch]).toEqual(["open", 1]);
  await side.drain("finish");
  await gate.when(({ state }) => state === "draining", never);
  expect(gate.now()).toMatchObject({ sessions: "finish", answer: "hold" });
  await side.close();
  await gate.when(({ state }) => state === "closed", never);
  const opened = gate.whenOpen(never);
  await side.open();
  await opened;
  expect(gate.now()).toMatchObject({ state: "open", epoch: 2, left: 0 });
  expect(gate.epoch).toBe(1);
  expect((await side.another()).gate.epoch).toBe(2);
});

test("it is told at once by looking, and stops waiting when it shall", async () => {
  const watch = await watchGate(side.services.db, { interval: 3_600_000 });
  await side.close();
  expect(watch.now().state).toBe("open");
  expect((await watch.refresh()).state).toBe("closed");
  const stop = new AbortController();
  const waiting = watch.whenOpen(stop.signal);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(watch.whenOpen(stop.signal)).rejects.toThrow("enough");
  await side.open();
  await watch.close();
});

test("while the database is away the last answer stays, until it would have opened by itself", async () => {
  let isAway = false;
  const errors: unknown[] = [];
  const { db } = side.services;
  const execute: typeof db.execute = (query) => {
    if (isAway) throw new Error("away");
    return db.execute(query);
  };
  await side.close({ windowMs: 1_500 });
  const watch = await watchGate({ execute }, { onError: (error) => errors.push(error) });
  isAway = true;
  await vi.waitFor(() => expect(errors.length).toBeGreaterThan(1));
  expect(watch.now().state).toBe("closed");
  await watch.whenOpen(never);
  expect(watch.now()).toMatchObject({ state: "open", left: 0, hasLapsed: true });
  await watch.close();
  await side.open();
});

test("one that has moved says where to, and is not open for having waited", async () => {
  await side.close();
  await side.closeForGood("https://farm.example");
  const { gate } = await side.another();
  expect(isMoved(gate.now())).toBe(true);
  expect(gate.now()).toMatchObject({ state: "closed", movedTo: "https://farm.example" });
  await side.open();
});
