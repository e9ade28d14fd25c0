import { sql } from "drizzle-orm";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { openSignIn } from "../../../app/auth/sign-in.ts";
import { authSessions } from "../../../app/db/auth-tables.ts";
import { callerOf, testApi } from "../../support/api.ts";
import { type TestSide, testSide } from "./side.ts";

const frontendUrl = "https://farm.test";
const password = "correct horse battery staple";
const token = "t".repeat(20);
const email = "owner@farm.test";
const day = "interval '1 day'";

let side: TestSide;
let call: ReturnType<typeof callerOf>;
/** As if it had not heard yet that the gate is closed. */
let callLate: ReturnType<typeof callerOf>;
let cookie: string;
let key: string;

beforeAll(async () => {
  side = await testSide();
  await side.owner.query("DELETE FROM members");
  const { services } = side;
  const signIn = openSignIn({
    db: services.db,
    secret: "s".repeat(32),
    frontendUrl,
    ownerEmail: undefined,
    bootstrapToken: token,
  });
  const options = { signIn, authenticate: signIn.authenticate };
  const open = services.gate.now();
  const late = { ...services, gate: { ...services.gate, now: () => open } };
  const caller = async (of: typeof services) => {
    const ask = callerOf((await testApi(of, [], options)).url);
    return (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      ask(method, path, body, { origin: frontendUrl, ...headers });
  };
  [call, callLate] = [await caller(services), await caller(late)];
  await call("POST", "/api/setup", { organization: "Acme", name: "Owner", email, password, token });
  const signedIn = await call("POST", "/api/auth/sign-in/email", { email, password });
  cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const { body: me } = await call("GET", "/api/me", undefined, { cookie });
  const made = await call(
    "POST",
    "/api/auth/api-key/create",
    { name: "CI", organizationId: me.organization.id },
    { cookie },
  );
  key = made.body.key;
});

beforeEach(async () => {
  await side.open();
  await side.services.gate.refresh();
});

async function closed(): Promise<void> {
  await side.close({ answer: "refuse" });
  await side.services.gate.refresh();
}

/** So that the next look at a session would make it last longer. */
const age = (by: string) =>
  side.services.db.update(authSessions).set({ expiresAt: sql`now() + 7 * ${sql.raw(day)} - ${sql.raw(by)}` });

test("whoever is signed in stays so while it is closed, though their session would have to be renewed", async () => {
  await age(`2 * ${day}`);
  await closed();
  for (const path of ["/api/me", "/api/sessions", "/api/auth/api-key/list"])
    expect((await call("GET", path, undefined, { cookie })).status, path).toBe(200);
  await side.open();
  const before = (await side.services.db.select().from(authSessions))[0]!.expiresAt;
  expect((await call("GET", "/api/me", undefined, { cookie })).status).toBe(200);
  expect((await side.services.db.select().from(authSessions))[0]!.expiresAt.getTime()).toBeGreaterThan(
    before.getTime(),
  );
});

test("a program reads with its key while it is closed", async () => {
  await closed();
  for (let n = 0; n < 3; n++)
    expect((await call("GET", "/api/sessions", undefined, { "x-api-key": key })).status).toBe(200);
  expect((await call("GET", "/api/sessions", undefined, { "x-api-key": "tf_wrong" })).status).toBe(401);
});

test("who changes something is told that it is being moved, signed in or not", async () => {
  await closed();
  const answers = [
    await call("POST", "/api/auth/sign-in/email", { email, password }),
    await call("POST", "/api/setup", { organization: "B", name: "B", email: "b@b.test", password, token }),
    await call("POST", "/api/auth/sign-out", {}, { cookie }),
    await call("POST", "/api/auth/api-key/create", { name: "More" }, { cookie }),
  ];
  for (const { status, body } of answers) expect([status, body.error.code]).toEqual([503, "moving"]);
  expect((await call("GET", "/api/setup")).body).toEqual({ needsOwner: false });
  expect((await call("GET", "/api/sessions")).status).toBe(401);
});

test("what better-auth cannot write, because it was closed since, is no failure of ours and no refusal", async () => {
  await side.close({ answer: "refuse" });
  const answers = [
    await callLate("POST", "/api/auth/sign-in/email", { email, password }),
    await callLate("POST", "/api/auth/sign-out", {}, { cookie }),
    await callLate(
      "POST",
      "/api/auth/change-password",
      { currentPassword: password, newPassword: `${password}!` },
      { cookie },
    ),
  ];
  for (const { status, headers, body } of answers)
    expect([status, headers.get("retry-after"), body.error.code]).toEqual([503, "1", "moving"]);
});

test("a session that is over is over, though its row cannot be removed", async () => {
  await age(`8 * ${day}`);
  await closed();
  expect((await call("GET", "/api/me", undefined, { cookie })).status).toBe(401);
});
