import { expect } from "vitest";
import { marker } from "./search.ts";
import type { Ask, Records } from "./records.ts";

/** What people type in: the owner at the page, and whoever starts a session. */
export const typedSecrets = () => ({
  ownerPassword: marker("owner"),
  newPassword: marker("new"),
  wrongPassword: marker("wrong"),
  sitePassword: marker("site"),
  objectivePassword: marker("objective"),
});
type TypedSecrets = ReturnType<typeof typedSecrets>;

const email = "owner@farm.test";

export interface Owner {
  readonly headers: Record<string, string>;
  readonly cookieValue: string;
  /** A program's. */
  readonly key: string;
  readonly organizationId: string;
  readonly personaId: string;
}

const cookieOf = (headers: Headers) =>
  headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");

/** Makes the owner, signs them in and makes a key, not without going wrong at each of it first. */
export async function signIn(
  ask: Ask,
  token: string,
  { ownerPassword: password, wrongPassword }: TypedSecrets,
): Promise<Owner> {
  const owner = { organization: "Acme", name: "Owner", email, password };
  await ask("POST", "/api/setup", { ...owner, token: wrongPassword });
  await ask("POST", "/api/setup", { ...owner, token: 1 });
  expect((await ask("POST", "/api/setup", { ...owner, token })).status).toBe(204);
  await ask("POST", "/api/auth/sign-in/email", { email, password: wrongPassword });
  const signedIn = await ask("POST", "/api/auth/sign-in/email", { email, password });
  expect(signedIn.status).toBe(200);
  const headers = { cookie: cookieOf(signedIn.headers) };
  const { body: me } = await ask("GET", "/api/me", undefined, headers);
  const organizationId = me.organization.id as string;
  const created = await ask("POST", "/api/auth/api-key/create", { name: "CI", organizationId }, headers);
  expect(created.status).toBe(200);
  const persona = { name: "Visitor", description: "Has never been here.", device: "desktop" };
  const { body: visitor } = await ask("POST", "/api/personas", persona, headers);
  const [, cookieValue = ""] = /session_token=([^.;]+)/.exec(decodeURIComponent(headers.cookie)) ?? [];
  return { headers, cookieValue, organizationId, key: created.body.key, personaId: visitor.id };
}

/** What the owner changes; the routes for it are compared with those that there are. */
export async function changeEverything(
  ask: Ask,
  { headers, organizationId, personaId }: Owner,
  { site, sessionId }: { readonly site: string; readonly sessionId: string },
  { ownerPassword, newPassword, wrongPassword }: TypedSecrets,
  { secrets }: Records,
): Promise<void> {
  const own: Ask = (method, path, body) => ask(method, path, body, headers);

  const schedule = { personaId, url: site, objective: "Look around", cron: "0 9 * * 1", timezone: "UTC" };
  const { body: scheduled } = await own("POST", "/api/schedules", schedule);
  await own("GET", "/api/schedules");
  await own("PATCH", `/api/schedules/${scheduled.id}`, { paused: true });
  await own("DELETE", `/api/schedules/${scheduled.id}`);
  await own("POST", `/api/sessions/${sessionId}/cancel`);
  await own("DELETE", `/api/sessions/${sessionId}`);

  const { body: key } = await own("POST", "/api/auth/api-key/create", { name: "Old", organizationId });
  Object.assign(secrets, { deletedApiKey: key.key });
  await own("GET", `/api/auth/api-key/list?organizationId=${organizationId}`);
  await own("POST", "/api/auth/api-key/delete", { keyId: key.id });
  for (const currentPassword of [wrongPassword, ownerPassword])
    await own("POST", "/api/auth/change-password", { currentPassword, newPassword });
  const again = await ask("POST", "/api/auth/sign-in/email", { email, password: newPassword });
  expect(again.status).toBe(200);
  await ask("POST", "/api/auth/sign-out", {}, { cookie: cookieOf(again.headers) });
}
