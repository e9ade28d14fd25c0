import { randomBytes, randomUUID } from "node:crypto";
import { and, eq, inArray, like, lt, sql } from "drizzle-orm";
import { createAuth } from "../auth/auth.ts";
import { accounts, members, organizations, users } from "../db/auth-tables.ts";
import { listSessions } from "../db/sessions.ts";
import type { OpenServices } from "../services.ts";
import { sessionPrefix } from "../storage/contract.ts";

/** Somebody of an organization of their own, who can sign in. */
export interface Account {
  readonly orgId: string;
  readonly email: string;
  readonly password: string;
}

interface Settings {
  readonly secret: string;
  readonly frontendUrl: string;
  /** Whether it is to stay. */
  readonly keep: boolean;
}

const organizationName = "Smoke test";

/** Of organizations that are to go; those that are to stay have another beginning. */
const temporary = "smoke-test-";
/** Nobody can have an address there: https://www.rfc-editor.org/rfc/rfc6761#section-6.4 */
const domain = "smoke-test.invalid";
/** Longer than any run takes. */
const abandoned = sql`now() - interval '1 hour'`;

/** Made in the database: nobody can sign up. As a member, so that an installation that waits for its owner goes on to. */
export async function createAccount({ db }: Pick<OpenServices, "db">, settings: Settings): Promise<Account> {
  const { secret, frontendUrl, keep } = settings;
  const id = randomUUID();
  const [email, password] = [`${id}@${domain}`, randomBytes(24).toString("base64url")];
  const { password: passwords } = await createAuth({ db, secret, frontendUrl }).$context;
  const hash = await passwords.hash(password);
  const orgId = await db.transaction(async (tx) => {
    const slug = `${keep ? "smoke-kept-" : temporary}${id}`;
    const [organization] = await tx
      .insert(organizations)
      .values({ name: organizationName, slug })
      .returning();
    const [user] = await tx.insert(users).values({ name: organizationName, email }).returning();
    const [organizationId, userId] = [organization!.id, user!.id];
    await tx.insert(members).values({ organizationId, userId, role: "member" });
    await tx.insert(accounts).values({ userId, accountId: userId, providerId: "credential", password: hash });
    return organizationId;
  });
  return { orgId, email, password };
}

/** Removes an account with all that it made. A worker that still runs its session finds none, and removes its own pictures. */
export async function removeAccount(
  services: Pick<OpenServices, "db" | "storage">,
  orgId: string,
): Promise<void> {
  const { db, storage } = services;
  const sessions = await listSessions(db, orgId, 200);
  const ofIt = db.select({ id: members.userId }).from(members).where(eq(members.organizationId, orgId));
  await db.transaction(async (tx) => {
    await tx.delete(users).where(and(inArray(users.id, ofIt), like(users.email, `%@${domain}`)));
    await tx.delete(organizations).where(eq(organizations.id, orgId));
  });
  for (const { id } of sessions) await storage.removeAll(sessionPrefix({ orgId, sessionId: id }));
}

/** Removes what earlier runs left that were killed. @returns how many. */
export async function removeAbandoned(services: Pick<OpenServices, "db" | "storage">): Promise<number> {
  const left = await services.db
    .select({ id: organizations.id })
    .from(organizations)
    .where(and(like(organizations.slug, `${temporary}%`), lt(organizations.createdAt, abandoned)));
  for (const { id } of left) await removeAccount(services, id);
  return left.length;
}
