import { expect, test, vi } from "vitest";
import { withClient } from "../../../../app/backup/connection.ts";
import type { Context } from "../../../../infra/promotion/actions/contract.ts";
import { holds } from "../../../../infra/promotion/actions/index.ts";
import type { Side } from "../../../../infra/promotion/contract.ts";
import { close } from "../../../../infra/promotion/gate.ts";
import { makePlan } from "../../../../infra/promotion/plan/make.ts";
import { migratedDatabase } from "../../../support/postgres.ts";

const looking = `SELECT pid FROM pg_stat_activity WHERE application_name = 'testfarm-hold' AND datname = current_database()`;

test("what holds a side closed looks by one connection, and by another one when that has broken", async () => {
  const url = await migratedDatabase();
  const plan = makePlan({ from: "mvp", to: "growth", path: "OFFLINE", reasons: [] });
  const side = { databaseUrl: url } as Side;
  const context = { plan, side: () => Promise.resolve(side) } as unknown as Context;
  const look = () => holds["source-closed"](context, new AbortController().signal, {} as never);
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
