import { expect, test, vi } from "vitest";
import { withClient } from "../../../../app/backup/connection.ts";
import type { Context } from "../../../../infra/promotion/actions/contract.ts";
import { holds } from "../../../../infra/promotion/actions/index.ts";
import type { Side } from "../../../../infra/promotion/contract.ts";
import { close, readGate } from "../../../../infra/promotion/gate.ts";
import { makePlan } from "../../../../infra/promotion/plan/make.ts";
import { migratedDatabase } from "../../../support/postgres.ts";

const looking = `SELECT pid FROM pg_stat_activity WHERE application_name = 'testfarm-hold' AND datname = current_database()`;

test("what holds a side closed looks by one connection, and by another one when that has broken", async () => {
  const url = await migratedDatabase();
  const plan = makePlan({ from: "mvp", to: "growth", path: "OFFLINE", reasons: [] });
  const side = { databaseUrl: url } as Side;
  const context = { plan, side: () => Promise.resolve(side) } as unknown as Context;
  const at = new Date().toISOString();
  const view = { term: 1, isRollingBack: false, earlier: () => ({ at }) };
  const look = () => holds["source-closed"](context, new AbortController().signal, view);
  const connections = () =>
    withClient(url, async (client) =>
      (await client.query<{ pid: number }>(looking)).rows.map(({ pid }) => pid),
    );

  expect(await look()).toBe(false);
  await withClient(url, (client) =>
    close(client, { run: plan.run, answer: "refuse", windowMs: plan.timing.window }),
  );
  expect(await look()).toBe(true);
  const [first] = await connections();
  for (let n = 0; n < 5; n++) expect(await look()).toBe(true);
  expect(await connections()).toEqual([first]);

  await withClient(url, (client) => client.query("SELECT pg_terminate_backend($1)", [first]));
  await vi.waitFor(async () => expect(await connections()).toEqual([]));
  expect(await look()).toBe(true);
  const [second, ...more] = await connections();
  expect(more).toEqual([]);
  expect(second).not.toBe(first);
});

test.for([
  ["a minute ago", 60_000, 10 * 60_000],
  ["an hour ago, but for a minute", 59 * 60_000, 60_000],
  ["two hours ago", 2 * 3_600_000, 30_000],
] as const)(
  "OFFLINE a side that was closed %s stays closed for no longer than was agreed to",
  async ([, ago, left]) => {
    const url = await migratedDatabase();
    const plan = makePlan({ from: "mvp", to: "growth", path: "OFFLINE", reasons: [] });
    const context = { plan, side: async () => ({ databaseUrl: url }) } as unknown as Context;
    await withClient(url, (client) => close(client, { run: plan.run, answer: "refuse", windowMs: 30_000 }));
    const at = new Date(Date.now() - ago).toISOString();
    const view = {
      term: 1,
      isRollingBack: false,
      earlier: (action: string) => (action === "close-source" ? { at } : undefined),
    };
    expect(await holds["source-closed"](context, new AbortController().signal, view)).toBe(true);
    const gate = await withClient(url, readGate);
    expect(gate.left).toBeGreaterThan(left - 15_000);
    expect(gate.left).toBeLessThanOrEqual(left);
  },
);
