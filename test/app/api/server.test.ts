import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { listen } from "../../../app/api/server.ts";
import type { Listening } from "../../../app/api/server.ts";
import { schedules } from "../../../app/db/schema.ts";
import { listSessions } from "../../../app/db/sessions.ts";
import { createSchedule as createScheduleRow } from "../../../app/schedule/schedules.ts";
import type { OpenServices } from "../../../app/services.ts";
import { callerOf, createTenant, testApi, testServices } from "../../support/api.ts";
import type { Tenant } from "../../support/api.ts";

let services: OpenServices;
let tenant: Tenant;
let directory: string;

beforeAll(async () => {
  services = await testServices();
  tenant = await createTenant(services, "Own");
  directory = await mkdtemp(join(tmpdir(), "testfarm-page-"));
  await mkdir(join(directory, "assets"));
  await writeFile(join(directory, "index.html"), "<title>The page</title>");
  await writeFile(join(directory, "assets", "main-abc.js"), "run()");
});

afterAll(() => rm(directory, { recursive: true }));

describe("health", () => {
  test("is open to everybody; ready while database and announcements are there", async () => {
    const { url } = await testApi(services, []);
    const call = callerOf(url);
    expect(await call("GET", "/healthz")).toMatchObject({ status: 200, body: { status: "ok" } });
    expect(await call("GET", "/readyz")).toMatchObject({
      status: 200,
      body: { status: "ready", checks: { database: true, events: true, accepting: true } },
    });
  });

  test("is alive but not ready without its database or its announcements", async () => {
    const broken = await testServices();
    const { url } = await testApi(broken, []);
    await broken.announcements.close();
    const call = callerOf(url);
    expect(await call("GET", "/readyz")).toMatchObject({
      status: 503,
      body: { checks: { database: true, events: false } },
    });
    expect((await call("GET", "/healthz")).status).toBe(200);
  });
});

describe("the page", () => {
  test("is served at its own addresses and its files at theirs, and the API keeps its errors", async () => {
    const { url } = await testApi(services, [tenant], { page: directory });
    const call = callerOf(url, tenant);
    for (const path of ["/", "/sessions/1234", "/start"]) {
      const { status, headers, body } = await call("GET", path);
      expect({ path, status, body }).toEqual({ path, status: 200, body: "<title>The page</title>" });
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    }
    const script = await call("GET", "/assets/main-abc.js");
    expect(script.headers.get("content-type")).toMatch(/^text\/javascript/);
    expect(script.headers.get("cache-control")).toContain("immutable");
    expect((await call("GET", "/assets/gone.js")).status).toBe(404);
    expect(await call("GET", "/api/no/such")).toMatchObject({
      status: 404,
      body: { error: { code: "not_found" } },
    });
    expect((await call("GET", "/..%2f..%2fetc%2fpasswd")).body).not.toContain("root:");
  });

  test("is not served where the API does not have it", async () => {
    const { url } = await testApi(services, [tenant]);
    expect((await callerOf(url, tenant)("GET", "/")).status).toBe(404);
  });
});

const createSchedule = async (body: object) => {
  const { url } = await testApi(services, [tenant]);
  return callerOf(url, tenant)("POST", "/api/schedules", {
    url: "http://shop.test/",
    objective: "Buy a mug",
    personaId: tenant.personaId,
    ...body,
  });
};

describe("schedules", () => {
  test("have a next run in their own time zone", async () => {
    const { status, body } = await createSchedule({ cron: "30 9 * * *", timezone: "Asia/Kolkata" });
    expect(status).toBe(201);
    expect(body.nextRunAt).toMatch(/T04:00:00.000Z$/);
    expect(new Date(body.nextRunAt).getTime()).toBeGreaterThan(Date.now());
  });

  test.each([
    [{ cron: "* * * *", timezone: "UTC" }, "cron"],
    [{ cron: "*/5 * * * * *", timezone: "UTC" }, "cron"],
    [{ cron: "61 * * * *", timezone: "UTC" }, "cron"],
    [{ cron: "0 9 * * 1", timezone: "Madrid" }, "timezone"],
  ])("%j is refused for its %s", async (input, path) => {
    const { status, body } = await createSchedule(input);
    expect(status).toBe(400);
    expect(body.error.issues.map((issue: { path: string }) => issue.path)).toEqual([path]);
  });
});

test("a taken port is an error that says what to do", async () => {
  const first = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => first.once("listening", resolve));
  const { port } = first.address() as { port: number };
  const listening = listen({ fetch: () => new Response(), hostname: "127.0.0.1", port });
  await expect(listening).rejects.toThrow(`Cannot listen on port ${port} (`);
  await expect(listening).rejects.toThrow("Set PORT to a free one.");
  first.close();
});

const failing = () => Promise.reject(new Error("secret detail"));
const input = () => ({ url: "http://shop.test/", objective: "Buy a mug", personaId: tenant.personaId });

test("an error of our own is told without its cause", async () => {
  const { url } = await testApi({ ...services, storage: { ...services.storage, removeAll: failing } }, [
    tenant,
  ]);
  const call = callerOf(url, tenant);
  const { id } = (await call("POST", "/api/sessions", input())).body;
  const { status, body } = await call("DELETE", `/api/sessions/${id}`);
  expect(status).toBe(500);
  expect(body.error.code).toBe("internal");
  expect(JSON.stringify(body)).not.toContain("secret detail");
});

async function withoutQueue(own = services) {
  const lines: string[] = [];
  const log = pino({ level: "warn" }, { write: (line) => void lines.push(line) });
  const { url } = await testApi({ ...own, log, queue: { ...own.queue, add: failing } }, [tenant]);
  const warned = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { call: callerOf(url, tenant), warned };
}

describe("a queue that is away", () => {
  test("keeps nobody from starting a session: it is stored, and the log tells of it", async () => {
    const { call, warned } = await withoutQueue();
    const { status, body } = await call("POST", "/api/sessions", input());
    expect([status, body.status]).toEqual([201, "queued"]);
    expect((await call("GET", `/api/sessions/${body.id}`)).status).toBe(200);
    expect(warned()).toContainEqual(
      expect.objectContaining({
        level: 40,
        sessionId: body.id,
        msg: "the queue is away; a worker adds the session later",
      }),
    );
  });

  test("keeps no schedule from starting its session, either", async () => {
    // The APIs of the other tests would start it.
    const own = await testServices();
    const { orgId, personaId } = await createTenant(own, "Own");
    const often = { ...input(), personaId, cron: "0 9 * * *", timezone: "UTC", overlap: "queue" } as const;
    for (let n = 0; n < 2; n++) await createScheduleRow(own.db, orgId, often);
    await own.db.update(schedules).set({ nextRunAt: new Date() });
    const { warned } = await withoutQueue(own);
    await vi.waitFor(() => expect(warned()).toHaveLength(2));
    const started = await listSessions(own.db, orgId, 10);
    expect(warned().map(({ level, sessionId }) => [level, sessionId])).toEqual(
      expect.arrayContaining(started.map(({ id }) => [40, id])),
    );
    expect(started).toHaveLength(2);
  });
});

const connectionOf = async ({ port }: Listening) => {
  const { headers } = await fetch(`http://127.0.0.1:${port}/`);
  return [headers.get("connection"), headers.get("keep-alive")];
};

test("a connection is kept longer than a proxy keeps it unused, until the API is about to end", async () => {
  const server = await listen({ fetch: () => new Response("Hi"), hostname: "127.0.0.1", port: 0 });
  expect(await connectionOf(server)).toEqual(["keep-alive", "timeout=620"]);
  server.drain();
  expect(await connectionOf(server)).toEqual(["close", null]);
  await server.close();
});
