import { asc, eq } from "drizzle-orm";
import type { Principal } from "../api/context.ts";
import { members } from "../db/auth-tables.ts";
import type { Database } from "../db/database.ts";
import type { Auth } from "./auth.ts";

export const apiKeyHeader = "x-api-key";

/**
 * Says who a request comes from: a program by its key, or a person by their cookie, in the organization that they have
 * chosen or else their first. Membership is looked up each time, so that whoever is removed is out at once.
 */
export const authenticator =
  (auth: Auth, db: Database) =>
  async ({ headers }: Request): Promise<Principal | undefined> => {
    const key = headers.get(apiKeyHeader);
    return key === null ? byCookie(auth, db, headers) : byKey(auth, key);
  };

async function byKey(auth: Auth, key: string): Promise<Principal | undefined> {
  const { valid, key: found } = await auth.api.verifyApiKey({ body: { key } });
  if (!valid || !found) return undefined;
  return { orgId: found.referenceId, userId: null, name: found.name ?? "A program" };
}

async function byCookie(auth: Auth, db: Database, headers: Headers): Promise<Principal | undefined> {
  const signedIn = await auth.api.getSession({ headers });
  if (!signedIn) return undefined;
  const { user, session } = signedIn;
  const memberships = await db
    .select({ orgId: members.organizationId })
    .from(members)
    .where(eq(members.userId, user.id))
    .orderBy(asc(members.createdAt));
  const chosen = memberships.find(({ orgId }) => orgId === session.activeOrganizationId) ?? memberships[0];
  return chosen && { orgId: chosen.orgId, userId: user.id, name: user.name };
}
