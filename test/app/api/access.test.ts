import { request } from "node:http";
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { openSignIn } from "../../../app/auth/sign-in.ts";
import { beginAttempt, writeEvent } from "../../../app/db/attempts.ts";
import { pictureKey } from "../../../app/storage/contract.ts";
import type { OpenServices } from "../../../app/services.ts";
import { callerOf, createTenant, testApi, testServices } from "../../support/api.ts";
import type { Tenant } from "../../support/api.ts";
import { listRoutes } from "../../support/routes.ts";

let services: OpenServices;
let tenant: Tenant;
let other: Tenant;
let url: string;
let localUrl: string;

beforeAll(async () => {
  services = await testServices();
  [tenant, other] = [await createTenant(services, "Own"), await createTenant(services, "Other")];
  ({ url } = await testApi(services, [tenant, other]));
  const authenticate = () => Promise.resolve(tenant);
  ({ url: localUrl } = await testApi(services, [], { isLocal: true, authenticate }));
});

const task = () => ({ url: "http://shop.test/", objective: "Buy a mug", personaId: tenant.personaId });

/** A session with a picture, and a schedule. */
async function rows() {
  const own = callerOf(url, tenant);
  const session = (await own("POST", "/api/sessions", task())).body.id as string;
  const attempt = (await beginAttempt(services.db, { orgId: tenant.orgId, sessionId: session }))!;
  const image = Buffer.from("RIFF0000WEBP");
  const screenshot = pictureKey({ ...attempt, attempt: attempt.lease, step: 1 }, image);
  await services.storage.put(screenshot, image);
  const words = { description: "", reasoning: "", url: "", title: "", milliseconds: 1, error: null };
  await writeEvent(services.db, attempt, {
    type: "step",
    step: 1,
    action: { kind: "back" },
    screenshot,
    ...words,
  });
  const schedule = await own("POST", "/api/schedules", {
    ...task(),
    cron: "0 9 * * *",
    timezone: "Europe/Madrid",
    overlap: "skip",
  });
  return { sessions: session, schedules: schedule.body.id as string };
}

describe("by the list of its routes", () => {
  const origin = "https://farm.test";
  let routes: { readonly method: string; readonly path: string }[];
  let signedIn: string;

  beforeAll(async () => {
    const signIn = openSignIn({
      db: services.db,
      secret: "s".repeat(32),
      frontendUrl: origin,
      ownerEmail: undefined,
      bootstrapToken: undefined,
    });
    routes = listRoutes(services, signIn).map((line) => {
      const [method = "", path = ""] = line.split(" ");
      return { method, path };
    });
    ({ url: signedIn } = await testApi(services, [tenant, other], { signIn }));
  });

  test("nobody gets further than health, metrics, sign-in, the first owner's set-up and where it has moved", async () => {
    const nobody = callerOf(signedIn);
    const open: string[] = [];
    for (const { method, path } of [...routes, { method: "GET", path: "/api/no/such" }]) {
      const address = path.replace(":id", randomUUID()).replace(":step", "1");
      const body = ["POST", "PATCH"].includes(method) ? {} : undefined;
      const answer = await nobody(method, address, body, { origin });
      if (answer.status !== 401 || answer.body.error.code !== "not_signed_in") open.push(`${method} ${path}`);
    }
    expect(open).toEqual([
      "GET /healthz",
      "GET /readyz",
      "GET /metrics",
      "GET /api/setup",
      "POST /api/setup",
      "POST /api/auth/sign-in/email",
      "POST /api/auth/sign-out",
      "GET /api/move",
    ]);
  });

  test("what belongs to one organization is not there for another, and is for its own", async () => {
    const named = routes.filter(({ path }) => path.includes(":id"));
    expect(named.length).toBeGreaterThan(5);
    for (const { method, path } of named) {
      const [, , collection] = path.split("/") as [string, string, "sessions" | "schedules"];
      const ids = await rows();
      const address = path.replace(":id", ids[collection]).replace(":step", "1");
      const statusFor = async ({ userId }: Tenant) => {
        const response = await fetch(`${url}${address}`, {
          method,
          headers: { "x-user": userId, "content-type": "application/json" },
          ...(["POST", "PATCH"].includes(method) && { body: "{}" }),
        });
        // A live stream would not end.
        await response.body?.cancel();
        return response.status;
      };
      expect({ method, path, foreign: await statusFor(other), own: await statusFor(tenant) }).toEqual({
        method,
        path,
        foreign: 404,
        own: expect.toSatisfy((status: number) => status < 300),
      });
    }
  });

  test("lists hold what is of the own organization only", async () => {
    const foreign = callerOf(url, other);
    await rows();
    for (const { method, path } of routes) {
      if (method !== "GET" || path.includes(":") || !/^\/api\/(sessions|schedules|personas)$/.test(path))
        continue;
      const text = JSON.stringify((await foreign(method, path)).body);
      expect({ path, text }).toEqual({ path, text: expect.not.stringContaining(tenant.personaId) });
    }
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
    agent: null,
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
    const sessionId = (await callerOf(url, tenant)("POST", "/api/sessions", task())).body.id as string;
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
