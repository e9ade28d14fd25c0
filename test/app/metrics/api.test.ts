import { expect, test } from "vitest";
import { openDatabase } from "../../../app/db/database.ts";
import { apiMetrics } from "../../../app/metrics/api.ts";
import { createTenant, testServices } from "../../support/api.ts";

test("what waits in the queue is counted as the queue knows it", async () => {
  const services = await testServices();
  const { orgId } = await createTenant(services, "Own");
  const { registry } = apiMetrics(services.db, services.queue);
  for (const sessionId of ["1f6f5d0e-0000-4000-8000-000000000001", "1f6f5d0e-0000-4000-8000-000000000002"])
    await services.queue.add({ orgId, sessionId });
  const text = await registry.metrics();
  for (const line of ["waiting", "delayed", "active"].map((state) => `testfarm_queue_jobs{state="${state}"}`))
    expect(text).toContain(`${line} ${line.includes("waiting") ? 2 : 0}\n`);
});

test("while database and queue are away the other figures go on", async () => {
  const { db, pool } = openDatabase("postgres://app@127.0.0.1:1/none", () => undefined);
  const { registry, request } = apiMetrics(db, {
    depth: () => Promise.reject(new Error("The queue is away.")),
  });
  request({ method: "GET", route: "/readyz", status: 503, seconds: 1 });
  const samples = (await registry.metrics())
    .split("\n")
    .filter((line) => /^testfarm_(sessions|queue|http\w+_count)/.test(line));
  expect(samples).toEqual([
    'testfarm_http_request_duration_seconds_count{method="GET",route="/readyz",status="503"} 1',
  ]);
  await pool.end();
});
