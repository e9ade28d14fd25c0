import { eq } from "drizzle-orm";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { schedules, sessions } from "../../../app/db/schema.ts";
import { listSessions } from "../../../app/db/sessions.ts";
import { createSchedule, deleteSchedule, nextRun, updateSchedule } from "../../../app/schedule/schedules.ts";
import { sweep } from "../../../app/schedule/sweep.ts";
import type { OpenServices } from "../../../app/services.ts";
import { createTenant, testServices } from "../../support/api.ts";
import type { Tenant } from "../../support/api.ts";

const now = new Date("2026-11-25T12:00:30Z");
let services: OpenServices;
let tenant: Tenant;

beforeAll(async () => {
  services = await testServices();
  tenant = await createTenant(services, "Own");
});

beforeEach(async () => {
  await services.db.delete(schedules);
  await services.db.delete(sessions);
});

async function schedule(
  nextRunAt: Date,
  change: Partial<typeof schedules.$inferInsert> = {},
): Promise<string> {
  const { orgId, personaId } = tenant;
  const task = { url: "http://shop.test/", objective: "Buy a mug", personaId };
  const { id } = await createSchedule(services.db, orgId, {
    ...task,
    cron: "0 * * * *",
    timezone: "UTC",
    overlap: "skip",
  });
  await services.db
    .update(schedules)
    .set({ nextRunAt, ...change })
    .where(eq(schedules.id, id));
  return id;
}

const due = new Date("2026-11-25T12:00:00Z");
const later = new Date("2026-11-25T13:00:00Z");
const started = () => listSessions(services.db, tenant.orgId, 200);

test("a due schedule starts one session, which the queue knows, and is due again at its next time", async () => {
  const id = await schedule(due);
  await schedule(later);
  const jobs = await sweep(services.db, services.queue, now);
  expect(await started()).toMatchObject([{ objective: "Buy a mug", status: "queued" }]);
  expect(jobs).toHaveLength(1);
  expect(await services.queue.holds(jobs[0]!)).toBe(true);
  const [row] = await services.db.select().from(schedules).where(eq(schedules.id, id));
  expect(row!.nextRunAt).toEqual(later);
  expect(await sweep(services.db, services.queue, now)).toEqual([]);
});

test("five processes that sweep at the same time start each due run once", async () => {
  for (let n = 0; n < 40; n++) await schedule(due);
  const swept = await Promise.all(Array.from({ length: 5 }, () => sweep(services.db, services.queue, now)));
  expect(swept.flat()).toHaveLength(40);
  expect(await started()).toHaveLength(40);
});

test("a paused schedule starts nothing", async () => {
  await schedule(due, { paused: true });
  expect(await sweep(services.db, services.queue, now)).toEqual([]);
});

test("a run that is due while the one before has not ended is skipped, or waits, as the schedule says", async () => {
  const [skips, queues] = [await schedule(due), await schedule(due, { overlap: "queue" })];
  const startedBy = async (id: string) =>
    services.db.select().from(sessions).where(eq(sessions.scheduleId, id));
  await sweep(services.db, services.queue, now);
  const hour = 3_600_000;
  await sweep(services.db, services.queue, new Date(now.getTime() + hour));
  expect(await startedBy(skips)).toHaveLength(1);
  expect(await startedBy(queues)).toHaveLength(2);
  const [row] = await services.db.select().from(schedules).where(eq(schedules.id, skips));
  expect(row!.nextRunAt).toEqual(new Date("2026-11-25T14:00:00Z"));
  await services.db.update(sessions).set({ status: "passed" });
  await sweep(services.db, services.queue, new Date(now.getTime() + 2 * hour));
  expect(await startedBy(skips)).toHaveLength(2);
});

test("more schedules than one claim takes are all started by one sweep", async () => {
  for (let n = 0; n < 120; n++) await schedule(due);
  expect(await sweep(services.db, services.queue, now)).toHaveLength(120);
});

test("a schedule that is resumed is due at its next time, and one that is deleted leaves its sessions", async () => {
  const { orgId } = tenant;
  const id = await schedule(new Date("2026-11-20T12:00:00Z"), { paused: true });
  const resumed = await updateSchedule(services.db, orgId, id, { paused: false });
  expect(resumed!.nextRunAt.getTime()).toBeGreaterThan(Date.now());
  expect(resumed).toMatchObject({ paused: false, overlap: "skip" });
  // What is not paused keeps its time.
  await services.db.update(schedules).set({ nextRunAt: due });
  expect(await updateSchedule(services.db, orgId, id, { paused: false, overlap: "queue" })).toMatchObject({
    overlap: "queue",
    nextRunAt: due,
  });
  await sweep(services.db, services.queue, now);
  expect(await deleteSchedule(services.db, orgId, id)).toBe(true);
  expect(await deleteSchedule(services.db, orgId, id)).toBe(false);
  expect(await updateSchedule(services.db, orgId, id, { paused: true })).toBeUndefined();
  expect(await started()).toHaveLength(1);
});

test("the runs missed while nobody swept are made up for by one", async () => {
  await schedule(new Date("2026-11-20T12:00:00Z"));
  await sweep(services.db, services.queue, now);
  await sweep(services.db, services.queue, now);
  expect(await started()).toHaveLength(1);
});

test.each([
  ["in winter time", "2026-03-27T12:00:00Z", "2026-03-28T08:00:00.000Z"],
  ["across the change to summer time", "2026-03-28T12:00:00Z", "2026-03-29T07:00:00.000Z"],
  ["across the change back", "2026-10-24T12:00:00Z", "2026-10-25T08:00:00.000Z"],
])("nine o'clock in Madrid stays nine o'clock %s", (_, after, expected) => {
  expect(nextRun("0 9 * * *", "Europe/Madrid", new Date(after)).toISOString()).toBe(expected);
});
