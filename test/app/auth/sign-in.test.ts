import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { openSignIn, type SignIn } from "../../../app/auth/sign-in.ts";
import { members, organizations, users, verifications } from "../../../app/db/auth-tables.ts";
import { prepareFirstRun } from "../../../app/embedded/first-run.ts";
import { type Answer, callerOf, createTenant, testApi, testServices } from "../../support/api.ts";

const frontendUrl = "https://farm.test";
const password = "correct horse battery staple";
const owner = { organization: "Acme", name: "Owner", email: "owner@farm.test", password };

/** An installation that others can reach, with a database of its own. */
async function install(
  options: { ownerEmail?: string; bootstrapToken?: string; clientIpHeader?: string } = {},
) {
  const services = await testServices();
  const signIn = openSignIn({
    db: services.db,
    secret: "s".repeat(32),
    frontendUrl,
    ownerEmail: options.ownerEmail,
    bootstrapToken: options.bootstrapToken,
    clientIpHeader: options.clientIpHeader,
  });
  const { url } = await testApi(services, [], { signIn, authenticate: signIn.authenticate });
  const ask = callerOf(url);
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    ask(method, path, body, { origin: frontendUrl, ...headers });
  return { services, signIn, call };
}

type Installation = Awaited<ReturnType<typeof install>>;

const cookieOf = ({ headers }: Answer): string =>
  headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");

/** Each from an address of its own, so that the limit on one is not the limit on all. */
const from = () => ({ "x-forwarded-for": `198.18.${randomByte()}.${randomByte()}` });
const randomByte = () => Math.floor(Math.random() * 256);

const signInAs = ({ call }: Installation, email: string, secret: string) =>
  call("POST", "/api/auth/sign-in/email", { email, password: secret }, from());

describe("the first owner", () => {
  test("gets in with the token that the first start made, once", async () => {
    const installation = await install();
    const { call, signIn } = installation;
    expect((await call("GET", "/api/setup")).body).toEqual({ needsOwner: true });
    const token = await signIn.prepareOwner();
    expect(token).toMatch(/^[\w-]{32}$/);
    const wrong = await call("POST", "/api/setup", { ...owner, token: "x".repeat(32) });
    expect([wrong.status, wrong.body.error.message]).toEqual([
      403,
      "The token is wrong or has expired. A restart of the API makes a new one and logs it.",
    ]);
    expect((await call("POST", "/api/setup", { ...owner, token })).status).toBe(204);
    const again = await call("POST", "/api/setup", { ...owner, email: "b@farm.test", token });
    expect([again.status, again.body.error.message]).toEqual([403, "There is an owner already; sign in."]);
    expect((await call("GET", "/api/setup")).body).toEqual({ needsOwner: false });
    const me = await call("GET", "/api/me", undefined, {
      cookie: cookieOf(await signInAs(installation, owner.email, password)),
    });
    expect(me.body).toMatchObject({ user: { name: "Owner" }, organization: { name: "Acme" } });
  });

  test("goes on with what an installation without passwords has brought along", async () => {
    const installation = await install({ bootstrapToken: "t".repeat(20) });
    const { db } = installation.services;
    const { principal } = await prepareFirstRun(db, "http://localhost:3002/");
    const add = async (email: string, role: "owner" | "member") => {
      const [user] = await db.insert(users).values({ name: "Imported", email }).returning();
      const membership = { organizationId: principal.orgId, userId: user!.id, role };
      await db.insert(members).values(membership);
    };
    await add("member@farm.test", "member");
    await add(owner.email, "owner");
    const setUp = (email: string) =>
      installation.call("POST", "/api/setup", { ...owner, email, token: "t".repeat(20) });
    const taken = await setUp("Member@farm.test");
    expect([taken.status, taken.body.error.message]).toEqual([
      403,
      "This address is another member's, who is no owner; give another one.",
    ]);
    expect((await setUp("OWNER@farm.test")).status).toBe(204);
    expect((await setUp("you@farm.test")).status).toBe(403);
    const cookie = cookieOf(await signInAs(installation, owner.email, password));
    const personas = await installation.call("GET", "/api/personas", undefined, { cookie });
    expect(personas.body).toHaveLength(3);
    const me = await installation.call("GET", "/api/me", undefined, { cookie });
    expect(me.body).toMatchObject({ user: { name: "Owner" }, organization: { name: "Acme" } });
    expect(await db.$count(organizations)).toBe(1);
  });

  test("is one, however many come with the token at once", async () => {
    const { call, services } = await install({ bootstrapToken: "t".repeat(20) });
    const tries = [1, 2, 3, 4, 5].map((number) =>
      call("POST", "/api/setup", { ...owner, email: `${number}@farm.test`, token: "t".repeat(20) }),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([204, 403, 403, 403, 403]);
    expect(await services.db.$count(organizations)).toBe(1);
  });

  test("gets one token from processes that start together, of which only a hash is kept", async () => {
    const { signIn, services } = await install();
    const tokens = await Promise.all([signIn.prepareOwner(), signIn.prepareOwner(), signIn.prepareOwner()]);
    const [token, ...others] = tokens.filter((each) => each !== undefined);
    expect(others).toEqual([]);
    const rows = await services.db.select().from(verifications);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test("has the address that OWNER_EMAIL names, and a token that was given is shown to nobody", async () => {
    const token = "t".repeat(20);
    const { call, signIn } = await install({ ownerEmail: "Owner@farm.test", bootstrapToken: token });
    expect(await signIn.prepareOwner()).toBeUndefined();
    const other = await call("POST", "/api/setup", { ...owner, email: "other@farm.test", token });
    expect(other.status).toBe(403);
    expect((await call("POST", "/api/setup", { ...owner, token })).status).toBe(204);
  });

  test("is told field by field what is wrong", async () => {
    const { call } = await install();
    const { status, body } = await call("POST", "/api/setup", { ...owner, email: "me", password: "short" });
    expect(status).toBe(400);
    expect(body.error.issues).toEqual([
      { path: "token", message: "paste the token" },
      { path: "email", message: "must be an e-mail address" },
      { path: "password", message: "must have at least 12 characters" },
    ]);
  });
});

describe("an installation with an owner", () => {
  let installation: Installation;
  let signIn: SignIn;
  let cookie: string;
  let signedIn: Answer;
  beforeAll(async () => {
    installation = await install({ bootstrapToken: "t".repeat(20) });
    ({ signIn } = installation);
    await signIn.makeOwner({ ...owner, token: "t".repeat(20) });
    signedIn = await signInAs(installation, owner.email, password);
    cookie = cookieOf(signedIn);
  });

  test("signs in by a cookie that scripts cannot read and other sites cannot send", () => {
    expect(signedIn.status).toBe(200);
    const [line] = signedIn.headers.getSetCookie();
    expect(line).toMatch(/^__Secure-/);
    for (const attribute of ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"])
      expect(line).toContain(attribute);
  });

  test("answers a wrong password and an unknown address alike", async () => {
    const wrong = await signInAs(installation, owner.email, "not the password");
    const unknown = await signInAs(installation, "nobody@farm.test", "not the password");
    expect(wrong.status).toBe(401);
    expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body]);
  });

  test("bounds the tries of one address, whatever the client says about itself", async () => {
    const { call } = installation;
    const statuses: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      const headers = {
        "x-forwarded-for": `${count}.1.1.1, 198.18.0.77`,
        "x-testfarm-client-address": `${count}`,
      };
      const body = { email: owner.email, password: "not the password" };
      statuses.push((await call("POST", "/api/auth/sign-in/email", body, headers)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });

  test("bounds the tries by the header that its own proxy writes, where there is one", async () => {
    const { call } = await install({ clientIpHeader: "X-Client-IP" });
    const body = { email: owner.email, password: "not the password" };
    const tried = async (address: string) =>
      (
        await call("POST", "/api/auth/sign-in/email", body, {
          "x-client-ip": address,
          "x-forwarded-for": "198.18.9.9",
        })
      ).status;
    for (let count = 0; count < 3; count += 1) await tried("198.18.0.1");
    expect(await tried("198.18.0.1")).toBe(429);
    expect(await tried("198.18.0.2")).toBe(401);
  });

  test("lets nobody sign up, and offers nothing else of the library's routes", async () => {
    const { call } = installation;
    const input = { name: "Eve", email: "eve@farm.test", password };
    for (const path of ["sign-up/email", "organization/create", "request-password-reset", "list-sessions"]) {
      const { status } = await call("POST", `/api/auth/${path}`, input, { cookie, ...from() });
      expect([path, status]).toEqual([path, 404]);
      expect((await call("POST", `/api/auth/${path}`, input, from())).status).toBe(401);
    }
  });

  test.each(["https://evil.test", "null", undefined])("refuses a change asked for by %s", async (origin) => {
    const { call } = installation;
    const headers = { cookie, ...(origin === undefined ? { origin: "" } : { origin }) };
    const persona = { name: "Eve", description: "Is not welcome.", device: "desktop" };
    const { status, body } = await call("POST", "/api/personas", persona, headers);
    expect([status, body.error.code]).toEqual([403, "forbidden"]);
    expect((await call("POST", "/api/personas", persona, { cookie })).status).toBe(201);
  });

  test("ends a sign-in when it is signed out", async () => {
    const { call } = installation;
    const other = cookieOf(await signInAs(installation, owner.email, password));
    expect((await call("GET", "/api/me", undefined, { cookie: other })).status).toBe(200);
    expect((await call("POST", "/api/auth/sign-out", {}, { cookie: other })).status).toBe(200);
    expect((await call("GET", "/api/me", undefined, { cookie: other })).status).toBe(401);
    expect((await call("GET", "/api/me", undefined, { cookie })).status).toBe(200);
  });

  test("gives programs keys, which work without a cookie or an origin until they are deleted", async () => {
    const { call, services } = installation;
    const { body: me } = await call("GET", "/api/me", undefined, { cookie });
    const input = { name: "CI", organizationId: me.organization.id };
    const { status, body } = await call("POST", "/api/auth/api-key/create", input, { cookie });
    expect([status, body.name]).toEqual([200, "CI"]);
    expect(body.key).toMatch(/^tf_/);
    const program = { "x-api-key": body.key as string, origin: "" };
    expect((await call("GET", "/api/me", undefined, program)).body).toMatchObject({
      user: { name: "CI" },
      organization: { name: "Acme" },
    });
    const persona = { name: "Bot", description: "Made by a program.", device: "desktop" };
    expect((await call("POST", "/api/personas", persona, program)).status).toBe(201);
    // A program that follows a session asks more often than a person.
    for (let n = 0; n < 20; n++) expect((await call("GET", "/api/me", undefined, program)).status).toBe(200);
    const dump = await services.db.execute("SELECT * FROM api_keys");
    expect(JSON.stringify(dump.rows)).not.toContain(body.key);
    await call("POST", "/api/auth/api-key/delete", { keyId: body.id }, { cookie });
    expect((await call("GET", "/api/me", undefined, program)).status).toBe(401);
    expect((await call("GET", "/api/me", undefined, { "x-api-key": "tf_made-up" })).status).toBe(401);
  });

  test("gives no key for another organization", async () => {
    const { call, services } = installation;
    const foreign = await createTenant(services, `Foreign-${randomUUID().slice(0, 8)}`);
    const input = { name: "CI", organizationId: foreign.orgId };
    const { status } = await call("POST", "/api/auth/api-key/create", input, { cookie });
    expect(status).toBe(403);
  });
});
