import { Writable } from "node:stream";
import { pino } from "pino";
import { beforeAll, expect, test } from "vitest";
import {
  type Answer,
  callerOf,
  createTenant,
  testApi,
  testServices,
  type Tenant,
} from "../../support/api.ts";

const lines: Record<string, unknown>[] = [];
const log = pino(
  new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)) as Record<string, unknown>);
      done();
    },
  }),
);

let tenant: Tenant;
let url: string;
let call: (...args: Parameters<ReturnType<typeof callerOf>>) => Promise<Answer>;
beforeAll(async () => {
  const services = await testServices();
  tenant = await createTenant(services, "Own");
  ({ url } = await testApi({ ...services, log }, [tenant]));
  call = callerOf(url, tenant);
});

const metric = async (name: string): Promise<string[]> =>
  String((await callerOf(url)("GET", "/metrics")).body)
    .split("\n")
    .filter((line) => line.startsWith(name));

test("requests are counted by the pattern of their route, whatever the address holds", async () => {
  await call("GET", "/api/sessions/0d3f0f2e-5d3e-4f6f-8a9f-0c7e6c9d1a11");
  await call("GET", "/api/no/such/address");
  const counts = await metric("testfarm_http_request_duration_seconds_count");
  expect(counts).toContainEqual(
    expect.stringMatching(/method="GET",route="\/api\/sessions\/:id",status="404"\} 1/),
  );
  expect(counts.join()).not.toContain("0d3f0f2e");
  expect(counts.join()).not.toContain("such");
});

test("sessions are counted by their state, and so is the longest wait", async () => {
  expect(await metric("testfarm_queue_oldest_wait_seconds")).toEqual([
    "testfarm_queue_oldest_wait_seconds 0",
  ]);
  const input = { url: "http://shop.test/", objective: "Buy a mug", personaId: tenant.personaId };
  const { body } = await call("POST", "/api/sessions", input);
  expect(await metric("testfarm_sessions{")).toContain('testfarm_sessions{state="queued"} 1');
  const [wait = ""] = await metric("testfarm_queue_oldest_wait_seconds");
  expect(Number(wait.split(" ")[1])).toBeGreaterThan(0);
  await call("POST", `/api/sessions/${body.id}/cancel`);
  expect(await metric("testfarm_sessions{")).toEqual(
    expect.arrayContaining(['testfarm_sessions{state="queued"} 0', 'testfarm_sessions{state="cancelled"} 1']),
  );
});

test("open streams are counted until they end", async () => {
  const input = { url: "http://shop.test/", objective: "Buy a mug", personaId: tenant.personaId };
  const { body } = await call("POST", "/api/sessions", input);
  const reader = new AbortController();
  const headers = { "x-user": tenant.userId };
  const stream = await fetch(`${url}/api/sessions/${body.id}/events`, { headers, signal: reader.signal });
  await stream.body!.getReader().read();
  expect(await metric("testfarm_sse_clients")).toEqual(["testfarm_sse_clients 1"]);
  reader.abort();
  await expect.poll(() => metric("testfarm_sse_clients")).toEqual(["testfarm_sse_clients 0"]);
});

test("a request is logged under the id that its answer carries, without its query", async () => {
  const given = await call("GET", "/api/sessions?limit=7&token=canary", undefined, {
    "x-request-id": "from-proxy_1",
  });
  expect(given.headers.get("x-request-id")).toBe("from-proxy_1");
  const line = lines.find(({ requestId }) => requestId === "from-proxy_1");
  expect(line).toMatchObject({ method: "GET", path: "/api/sessions", status: 200 });
  expect(JSON.stringify(lines)).not.toContain("canary");
});

test("an id that could break a log is replaced", async () => {
  const { headers } = await call("GET", "/api/me", undefined, { "x-request-id": "a b\u00e9" });
  expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

test("what machines ask for every few seconds is not logged", async () => {
  const before = lines.length;
  for (const path of ["/healthz", "/readyz", "/metrics"]) await callerOf(url)("GET", path);
  expect(lines.length).toBe(before);
});
