import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { ApiOptions, Principal } from "../../app/api/context.ts";
import { startApi } from "../../app/api/start.ts";
import { createPersona } from "../../app/db/personas.ts";
import { members, organizations, users } from "../../app/db/auth-tables.ts";
import { openServices } from "../../app/services.ts";
import type { OpenServices } from "../../app/services.ts";
import { atEnd } from "./at-end.ts";
import { migratedDatabase } from "./postgres.ts";

/** Real services on an empty database and an empty directory; they close at the end of the file. */
export async function testServices(): Promise<OpenServices> {
  const url = await migratedDatabase();
  const storageDirectory = await mkdtemp(join(tmpdir(), "testfarm-storage-"));
  const services = await openServices(
    { databaseUrl: url, directUrl: url, storageDirectory },
    pino({ level: "silent" }),
  );
  atEnd(() => rm(storageDirectory, { recursive: true }));
  atEnd(services.close);
  return services;
}

export interface Tenant extends Principal {
  readonly userId: string;
  readonly personaId: string;
}

/** An organization with a user and a persona. */
export async function createTenant({ db }: Pick<OpenServices, "db">, name: string): Promise<Tenant> {
  const slug = name.toLowerCase();
  const [organization] = await db.insert(organizations).values({ name, slug }).returning();
  const orgId = organization!.id;
  const userName = `User of ${name}`;
  const [user] = await db
    .insert(users)
    .values({ name: userName, email: `${slug}@test.example` })
    .returning();
  const userId = user!.id;
  await db.insert(members).values({ organizationId: orgId, userId, role: "owner" });
  const persona = {
    name: "First-time visitor",
    description: "Has never been here.",
    device: "desktop",
  } as const;
  const { id } = await createPersona(db, orgId, persona);
  return { orgId, userId, name: userName, personaId: id };
}

/** The API on a port of its own. A request says who it comes from by `x-user`, a user's id. */
export async function testApi(
  services: OpenServices,
  tenants: readonly Principal[],
  options: Partial<ApiOptions> = {},
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const api = await startApi({
    ...services,
    hostname: "127.0.0.1",
    port: 0,
    authenticate: (request) =>
      Promise.resolve(tenants.find(({ userId }) => userId === request.headers.get("x-user"))),
    offer: { demoSite: null, agent: null },
    isLocal: false,
    ...options,
  });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= api.close());
  atEnd(close);
  return { url: `http://127.0.0.1:${api.port}`, close };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the API answers; the tests compare it
  readonly body: any;
}

/** A caller of the API as one user, or as nobody. */
export const callerOf =
  (url: string, principal?: Principal) =>
  async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(principal?.userId && { "x-user": principal.userId }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? await response.json() : await response.text(),
    };
  };
