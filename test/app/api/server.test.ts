import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listen } from "../../../app/api/server.ts";
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

test("an error of our own is told without its cause", async () => {
  const broken = {
    ...services,
    queue: { ...services.queue, add: () => Promise.reject(new Error("secret detail")) },
  };
  const { url } = await testApi(broken, [tenant]);
  const input = { url: "http://shop.test/", objective: "Buy a mug", personaId: tenant.personaId };
  const { status, body } = await callerOf(url, tenant)("POST", "/api/sessions", input);
  expect(status).toBe(500);
  expect(body.error.code).toBe("internal");
  expect(JSON.stringify(body)).not.toContain("secret detail");
});
