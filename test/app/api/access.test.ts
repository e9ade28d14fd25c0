import { request } from "node:http";
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { OpenServices } from "../../../app/services.ts";
import { callerOf, createTenant, testApi, testServices } from "../../support/api.ts";
import type { Tenant } from "../../support/api.ts";

let services: OpenServices;
let tenant: Tenant;
let other: Tenant;
let url: string;
let localUrl: string;
let sessionId: string;
let routes: { method: string; path: string }[];

beforeAll(async () => {
  services = await testServices();
  [tenant, other] = [await createTenant(services, "Own"), await createTenant(services, "Other")];
  ({ url } = await testApi(services, [tenant, other]));
  const authenticate = () => Promise.resolve(tenant);
  ({ url: localUrl } = await testApi(services, [], { isLocal: true, authenticate }));
  const call = callerOf(url, tenant);
  const input = { url: "http://shop.test/", objective: "Buy a mug", personaId: tenant.personaId };
  sessionId = (await call("POST", "/api/sessions", input)).body.id;
  const { paths } = (await call("GET", "/api/openapi.json")).body as { paths: Record<string, object> };
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
});

const fill = (path: string) => path.replace("{id}", sessionId).replace("{step}", "1");

describe("by the list of routes in the API's description", () => {
  test("every route is closed to nobody", async () => {
    const nobody = callerOf(url);
    const closed = [
      ...routes,
      { method: "GET", path: "/api/openapi.json" },
      { method: "GET", path: "/api/no/such" },
    ];
    expect(routes.length).toBeGreaterThan(10);
    for (const { method, path } of closed) {
      const { status, body } = await nobody(method, fill(path), method === "POST" ? {} : undefined);
      expect({ method, path, status, code: body.error.code }).toEqual({
        method,
        path,
        status: 401,
        code: "not_signed_in",
      });
    }
  });

  test("every route of a session answers another organization as if there were no such session", async () => {
    const [own, foreign] = [callerOf(url, tenant), callerOf(url, other)];
    const ofSession = routes.filter(({ path }) => path.includes("{id}"));
    expect(ofSession.length).toBeGreaterThan(5);
    for (const { method, path } of ofSession) {
      const { status } = await foreign(method, fill(path), method === "POST" ? {} : undefined);
      expect({ method, path, status }).toEqual({ method, path, status: 404 });
    }
    expect((await own("GET", fill("/api/sessions/{id}"))).body.status).toBe("queued");
    expect((await foreign("GET", "/api/sessions")).body).toEqual([]);
    const personas = (await foreign("GET", "/api/personas")).body as { id: string }[];
    expect(personas.map(({ id }) => id)).toEqual([other.personaId]);
  });
});

test("whoever asks for a session by what is no id, or by an unknown one, is told that there is none", async () => {
  const call = callerOf(url, tenant);
  for (const id of ["1", "'; drop table sessions", randomUUID()]) {
    const { status, body } = await call("GET", `/api/sessions/${encodeURIComponent(id)}`);
    expect({ id, status, code: body.error.code }).toEqual({ id, status: 404, code: "not_found" });
  }
});

test("me says who is signed in and what the installation offers", async () => {
  expect((await callerOf(url, tenant)("GET", "/api/me")).body).toEqual({
    user: { name: "User of Own" },
    organization: { id: tenant.orgId, name: "Own" },
    canSignOut: false,
    demoSite: null,
    agent: "explorer",
  });
});

test("a body over the limit is refused before it is read", async () => {
  const { status, body } = await callerOf(url, tenant)("POST", "/api/personas", { name: "x".repeat(70_000) });
  expect(status).toBe(413);
  expect(body.error.code).toBe("too_large");
});

test("every answer carries the security headers, and the API's are kept by nobody", async () => {
  for (const path of ["/healthz", "/api/me"]) {
    const { headers } = await callerOf(url, tenant)("GET", path);
    expect(headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(headers.get("content-security-policy")).not.toContain("script-src");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
  }
  expect((await callerOf(url, tenant)("GET", "/api/me")).headers.get("cache-control")).toBe("no-store");
});

const ask = (method: string, path: string, headers: Record<string, string>) =>
  new Promise<number>((resolve, reject) => {
    const sent = request(`${localUrl}${path}`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    sent.on("error", reject).end();
  });
const port = () => new URL(localUrl).port;

describe("where the local user is signed in", () => {
  test.each(["127.0.0.1", "localhost"])("the name %s is answered", async (name) => {
    expect(await ask("GET", "/api/me", { host: `${name}:${port()}` })).toBe(200);
  });

  test.each([
    "attacker.example",
    "127.0.0.1.attacker.example",
    "localhost.attacker.example",
    "0.0.0.0",
    "[::1]",
  ])("the name %s is turned away, as DNS rebinding would use it", async (name) => {
    expect(await ask("GET", "/api/me", { host: `${name}:${port()}` })).toBe(403);
  });

  test.each([
    ["http://attacker.example", 403],
    ["null", 403],
    ["http://localhost:1", 403],
  ])("a change asked for by the origin %s is answered with %i", async (origin, status) => {
    const headers = { origin, host: `localhost:${port()}` };
    expect(await ask("POST", `/api/sessions/${sessionId}/cancel`, headers)).toBe(status);
    expect((await callerOf(url, tenant)("GET", `/api/sessions/${sessionId}`)).body.status).toBe("queued");
  });

  test("a change asked for by the page itself is made", async () => {
    const host = `localhost:${port()}`;
    expect(
      await ask("POST", `/api/sessions/${randomUUID()}/cancel`, { origin: `http://${host}`, host }),
    ).toBe(404);
  });
});
