import { beforeAll, expect, test, vi } from "vitest";
import { schedules, sessions } from "../../../app/db/schema.ts";
import { createSchedule } from "../../../app/schedule/schedules.ts";
import { testApi } from "../../support/api.ts";
import { type TestSide, testSide } from "./side.ts";

let side: TestSide;
beforeAll(async () => {
  side = await testSide();
});

test("a run that was due while it was closed starts once it is open, and once only", async () => {
  const { services, tenant } = side;
  const { db } = services;
  const { orgId, personaId } = tenant;
  const task = { personaId, url: "http://shop.test/", objective: "Buy", cron: "0 0 1 1 *", timezone: "UTC" };
  await createSchedule(db, orgId, { ...task, overlap: "queue" });
  await db.update(schedules).set({ nextRunAt: new Date(Date.now() - 1_000) });
  await side.drain("hand-over");
  const errors = vi.spyOn(services.log, "error");
  for (let n = 0; n < 3; n++) {
    const each = await side.another();
    await testApi({ ...each, log: services.log }, [tenant]);
  }
  await side.close();
  // Each sweeps when it starts, and then every 5 s.
  await vi.waitFor(() => side.services.gate.whenOpen(AbortSignal.timeout(6_000)).catch(() => undefined));
  expect(await db.$count(sessions)).toBe(0);
  expect(errors).not.toHaveBeenCalled();
  await side.open();
  await vi.waitFor(async () => expect(await db.$count(sessions)).toBe(1), { timeout: 10_000 });
  const [schedule] = await db.select().from(schedules);
  expect(schedule!.nextRunAt.getTime()).toBeGreaterThan(Date.now());
  await side.services.gate.when(() => false, AbortSignal.timeout(6_000)).catch(() => undefined);
  expect(await db.$count(sessions)).toBe(1);
}, 60_000);
