import type { Client } from "pg";
import { expect, test, vi } from "vitest";
import { withClient } from "../../../../app/backup/connection.ts";
import type { Plan } from "../../../../infra/promotion/contract.ts";
import { LedgerLost, type NewEntry } from "../../../../infra/promotion/ledger/contract.ts";
import { asRunner } from "../../../../infra/promotion/ledger/alone.ts";
import { findRunner } from "../../../../infra/promotion/ledger/lock.ts";
import { mirroredRuns, mirrorIn, readMirror } from "../../../../infra/promotion/ledger/mirror.ts";
import { openMirrored } from "../../../../infra/promotion/ledger/open-mirrored.ts";
import { resumeRun, startRun } from "../../../../infra/promotion/ledger/open.ts";
import { readRun } from "../../../../infra/promotion/ledger/read.ts";
import { makePlan } from "../../../../infra/promotion/plan/make.ts";
import type { ObjectStore } from "../../../../infra/promotion/objects/contract.ts";
import { emptyDatabase } from "../../../support/postgres.ts";

const newPlan = (): Plan => makePlan({ from: "mvp", to: "validation", path: "ONLINE", reasons: ["it can"] });
const begun: NewEntry = { state: "SEED", action: "publish", direction: "do", status: "begun" };
const done: NewEntry = { ...begun, status: "done", detail: { tables: ["a", "b"] } };
const destroying: NewEntry = { state: "DESTROY", action: "destroy-source", direction: "do", status: "begun" };
/** How many wait for a lock of the database. */
const waiting = async (client: Client) =>
  (
    await client.query<{ waiting: number }>(
      "SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
  ).rows[0]!.waiting;
const read = (url: string) => withClient(url, readRun);

/** A bucket in memory. */
function bucket() {
  const objects = new Map<string, Uint8Array>();
  const store: ObjectStore = {
    async *list(prefix = "") {
      for (const [key, body] of objects) if (key.startsWith(prefix)) yield { key, bytes: body.length };
    },
    get: async (key) => objects.get(key),
    put: async (key, body) => void objects.set(key, body),
    remove: async (key) => void objects.delete(key),
    hash: async () => undefined,
    close: async () => undefined,
  };
  return { store, objects };
}

test("what is written down is there for whoever goes on, with the plan and a higher term", async () => {
  const url = await emptyDatabase();
  expect(await read(url)).toBeUndefined();
  const plan = newPlan();
  const first = await startRun(plan, { url });
  await first.append(begun);
  await first.append(done);
  await first.append({ state: "SEED", direction: "do", status: "failed", error: "no" });
  expect(first.term).toBe(1);
  await first.close();
  const second = await resumeRun({ url });
  expect(second).toMatchObject({ plan, term: 2 });
  expect(second.entries()).toEqual(first.entries());
  expect(second.entries()).toMatchObject([
    { ...begun, seq: 1 },
    { ...done, seq: 2 },
    { seq: 3, error: "no" },
  ]);
  await second.finish("rolled-back");
  await second.close();
  expect(await read(url)).toMatchObject({ status: "rolled-back", term: 2 });
});

test("there is one run that has not ended, and one runner, who is named", async () => {
  const url = await emptyDatabase();
  const plan = newPlan();
  const first = await startRun(plan, { url });
  await expect(resumeRun({ url, patience: 0 })).rejects.toThrow(
    new RegExp(
      `Another process works at a promotion of this installation: "testfarm promotion ${process.pid}@.*" \\(process \\d+ of the server\\) since \\d{4}-.*pg_terminate_backend\\(\\d+\\)`,
    ),
  );
  expect(await withClient(url, findRunner)).toMatchObject({
    name: expect.stringContaining(`testfarm promotion ${process.pid}@`) as string,
  });
  await first.close();
  expect(await withClient(url, findRunner)).toBeUndefined();
  await expect(startRun(newPlan(), { url })).rejects.toThrow(
    `Promotion ${plan.run} from mvp to validation, of ${plan.createdAt}, has not ended. Resume it or roll it back first.`,
  );
  const again = await resumeRun({ url });
  await again.finish("finished");
  await again.close();
  const other = newPlan();
  await (await startRun(other, { url })).close();
  expect(await read(url)).toMatchObject({ plan: { run: other.run }, status: "running" });
});

test("an installation that was never promoted has nothing to go on with", async () => {
  await expect(resumeRun({ url: await emptyDatabase() })).rejects.toThrow(
    "There is no promotion to go on with",
  );
});

test("a runner whose connection breaks learns it at once, and writes nothing more", async () => {
  const url = await emptyDatabase();
  const first = await startRun(newPlan(), { url });
  await first.append(begun);
  const { pid } = (await withClient(url, findRunner))!;
  await withClient(url, (client) => client.query("SELECT pg_terminate_backend($1)", [pid]));
  await vi.waitFor(() => expect(first.lost.aborted).toBe(true));
  expect(first.lost.reason).toBeInstanceOf(LedgerLost);
  const second = await resumeRun({ url });
  await expect(first.append(done)).rejects.toThrow(LedgerLost);
  await expect(first.finish("finished")).rejects.toThrow(LedgerLost);
  expect(second.entries()).toHaveLength(1);
  expect(await read(url)).toMatchObject({ status: "running", entries: [begun] });
  await first.close();
  await second.close();
});

test("a side is opened by the last runner only, and nobody becomes the next one meanwhile", async () => {
  const url = await emptyDatabase();
  const plan = newPlan();
  const first = await startRun(plan, { url });
  const { term } = first;
  const { run } = plan;
  await first.close();
  const order: string[] = [];
  let next: ReturnType<typeof resumeRun> | undefined;
  await withClient(url, (client) =>
    asRunner(client, { run, term }, async () => {
      next = resumeRun({ url });
      void next.then(() => order.push("next"));
      await vi.waitFor(async () => expect(await withClient(url, waiting)).toBe(1));
      order.push("opened");
    }),
  );
  const second = await next!;
  expect(order).toEqual(["opened", "next"]);
  const late = withClient(url, (client) => asRunner(client, { run, term }, async () => order.push("late")));
  await expect(late).rejects.toThrow(
    `This is runner 1 of promotion ${run}, and runner 2 goes on with it by now`,
  );
  await expect(late).rejects.toThrow(LedgerLost);
  await withClient(url, (client) =>
    asRunner(client, { run, term: second.term }, async () => order.push("second")),
  );
  expect(order).toEqual(["opened", "next", "second"]);
  await second.close();
});

test("an error is written down without the secrets in it", async () => {
  const url = await emptyDatabase();
  const ledger = await startRun(newPlan(), { url });
  const error = `cannot dial "host=db user=app password=hunter2 sslmode=require", password='hun\\'ter3', postgres://app:hunter4@db/x`;
  await ledger.append({ ...begun, status: "failed", error });
  await ledger.close();
  const { entries } = (await read(url))!;
  expect(entries[0]!.error).toBe(
    `cannot dial "host=db user=app password=[secret] sslmode=require", password=[secret], postgres://db/x`,
  );
});

test("the mirror follows, and can be read when the source cannot", async () => {
  const url = await emptyDatabase();
  const { store } = bucket();
  const plan = newPlan();
  const ledger = await startRun(plan, { url, mirror: mirrorIn(store, plan.run) });
  await ledger.append(begun);
  await ledger.append(done);
  await ledger.close();
  expect(await mirroredRuns(store)).toEqual([await read(url)]);
  await expect(openMirrored(store, "mvp")).rejects.toThrow(
    `mvp does not answer, and promotion ${plan.run} goes on only where its ledger is: in the database of mvp.`,
  );
  await expect(openMirrored(store, "other")).rejects.toThrow("knows of no promotion from other");
});

test("a mirror that does not work is told once, and nothing else", async () => {
  const url = await emptyDatabase();
  const notes: string[] = [];
  const mirror = { read: async () => undefined, write: () => Promise.reject(new Error("no such bucket")) };
  const ledger = await startRun(newPlan(), { url, mirror, note: (text) => notes.push(text) });
  await ledger.append(begun);
  await ledger.append(done);
  await ledger.close();
  expect((await read(url))!.entries).toHaveLength(2);
  expect(notes).toEqual(["The ledger is not mirrored: no such bucket"]);
});

test("once the source is being taken away the mirror is the ledger, for whoever resumes too", async () => {
  const url = await emptyDatabase();
  const { store } = bucket();
  const plan = newPlan();
  const mirror = mirrorIn(store, plan.run);
  const ledger = await startRun(plan, { url, mirror });
  await ledger.append(destroying);
  await ledger.detach();
  const { pid } = (await withClient(url, findRunner))!;
  await withClient(url, (client) => client.query("SELECT pg_terminate_backend($1)", [pid]));
  await ledger.append({ ...destroying, status: "failed", error: "It was cut off." });
  expect(ledger.lost.aborted).toBe(false);
  await ledger.close();
  const again = await openMirrored(store, "mvp");
  expect(again.entries()).toMatchObject([destroying, { status: "failed" }]);
  await again.append({ ...destroying, status: "done" });
  await again.finish("finished");
  await again.flush();
  expect(await readMirror(mirror)).toMatchObject({
    status: "finished",
    entries: [destroying, { status: "failed" }, { status: "done" }],
  });
});
