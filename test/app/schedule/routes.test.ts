import { beforeAll, expect, test } from "vitest";
import { callerOf, createTenant, testApi, testServices } from "../../support/api.ts";
import type { Answer } from "../../support/api.ts";

let call: ReturnType<typeof callerOf>;
let foreign: ReturnType<typeof callerOf>;
let created: Answer;

beforeAll(async () => {
  const services = await testServices();
  const [tenant, other] = [await createTenant(services, "Own"), await createTenant(services, "Other")];
  const { url } = await testApi(services, [tenant, other]);
  [call, foreign] = [callerOf(url, tenant), callerOf(url, other)];
  created = await call("POST", "/api/schedules", {
    url: "http://shop.test/",
    objective: "Buy a mug",
    personaId: tenant.personaId,
    cron: "0 9 * * 1",
    timezone: "Europe/Madrid",
  });
});

const path = () => `/api/schedules/${created.body.id}`;

test("a schedule runs and skips overlapping runs unless it is told otherwise", () => {
  expect(created).toMatchObject({ status: 201, body: { paused: false, overlap: "skip" } });
});

test("a schedule is paused, resumed and told what to do with overlapping runs, each by itself", async () => {
  expect((await call("PATCH", path(), { paused: true })).body).toMatchObject({
    paused: true,
    overlap: "skip",
  });
  expect((await call("PATCH", path(), { overlap: "queue" })).body).toMatchObject({
    paused: true,
    overlap: "queue",
  });
  const resumed = await call("PATCH", path(), { paused: false });
  expect(resumed).toMatchObject({ status: 200, body: { paused: false, nextRunAt: created.body.nextRunAt } });
  expect((await call("GET", "/api/schedules")).body).toEqual([resumed.body]);
});

test.each([
  [{ overlap: "stack" }, "overlap"],
  [{ paused: "yes" }, "paused"],
])("a change to %j is refused for its %s", async (change, field) => {
  const { status, body } = await call("PATCH", path(), change);
  expect(status).toBe(400);
  expect(body.error.issues.map((issue: { path: string }) => issue.path)).toEqual([field]);
});

test("a schedule is another organization's to neither see, change nor delete, and its own to delete once", async () => {
  expect((await foreign("GET", "/api/schedules")).body).toEqual([]);
  expect((await foreign("PATCH", path(), { paused: true })).status).toBe(404);
  expect((await foreign("DELETE", path())).status).toBe(404);
  expect((await call("DELETE", path())).status).toBe(204);
  expect((await call("DELETE", path())).status).toBe(404);
  expect((await call("PATCH", path(), { paused: true })).status).toBe(404);
});
