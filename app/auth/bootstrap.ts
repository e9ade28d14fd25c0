import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { and, eq, gt } from "drizzle-orm";
import type { Bootstrap } from "../contract.ts";
import { accounts, members, organizations, users, verifications } from "../db/auth-tables.ts";
import type { Database } from "../db/database.ts";
import type { Auth } from "./auth.ts";

const identifier = "owner-bootstrap";
/** A token that nobody has used is made anew at a start after this time. Milliseconds. */
const lifetime = 24 * 60 * 60_000;

interface Given {
  /** `OWNER_BOOTSTRAP_TOKEN`. Absent: one is made at the first start. */
  readonly token: string | undefined;
}

/** The first owner cannot be made: why is for them to read. */
export class BootstrapRefused extends Error {
  override readonly name = "BootstrapRefused";
}

const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");

/** Whoever is no owner, such as a smoke test's account, keeps nobody from becoming the first one. */
export const hasOwner = async (db: Pick<Database, "$count">): Promise<boolean> =>
  (await db.$count(members, eq(members.role, "owner"))) > 0;

/**
 * Prepares the one-time token of an installation without an owner.
 *
 * @returns the token where this process has made it, to be shown once; `undefined` where there is nothing to show: a
 * token was given, another process has made one that is still good, or there is an owner.
 */
export async function prepareBootstrap(db: Database, { token }: Given): Promise<string | undefined> {
  if (token !== undefined || (await hasOwner(db))) return undefined;
  return db.transaction(async (tx) => {
    // Processes that start together make one token, not one each.
    await tx.execute("LOCK TABLE verifications IN SHARE ROW EXCLUSIVE MODE");
    const good = and(eq(verifications.identifier, identifier), gt(verifications.expiresAt, new Date()));
    if ((await tx.$count(verifications, good)) > 0) return undefined;
    await tx.delete(verifications).where(eq(verifications.identifier, identifier));
    const made = randomBytes(24).toString("base64url");
    const expiresAt = new Date(Date.now() + lifetime);
    await tx.insert(verifications).values({ identifier, value: hashOf(made), expiresAt });
    return made;
  });
}

/**
 * Makes the first owner with their organization. The token works once, and only while there is no owner.
 *
 * @throws {BootstrapRefused}
 */
export async function bootstrapOwner(
  { auth, db, token, email }: Given & { auth: Auth; db: Database; email: string | undefined },
  input: Bootstrap,
): Promise<void> {
  if (email !== undefined && email.toLowerCase() !== input.email.toLowerCase()) {
    throw new BootstrapRefused("OWNER_EMAIL names another address as the owner's.");
  }
  const { password: passwords } = await auth.$context;
  const password = await passwords.hash(input.password);
  await db.transaction(async (tx) => {
    await tx.execute("LOCK TABLE verifications IN SHARE ROW EXCLUSIVE MODE");
    if (await hasOwner(tx)) throw new BootstrapRefused("There is an owner already; sign in.");
    if (!(await isExpected(tx, token, input.token))) {
      throw new BootstrapRefused(
        "The token is wrong or has expired. A restart of the API makes a new one and logs it.",
      );
    }
    await tx.delete(verifications).where(eq(verifications.identifier, identifier));
    const { name, organization } = input;
    const [user] = await tx.insert(users).values({ name, email: input.email.toLowerCase() }).returning();
    const [org] = await tx.insert(organizations).values({ name: organization, slug: "first" }).returning();
    await tx.insert(members).values({ organizationId: org!.id, userId: user!.id, role: "owner" });
    await tx.insert(accounts).values({
      userId: user!.id,
      accountId: user!.id,
      providerId: "credential",
      password,
    });
  });
}

async function isExpected(
  db: Pick<Database, "select">,
  given: string | undefined,
  token: string,
): Promise<boolean> {
  const expected = given === undefined ? await storedHashes(db) : [hashOf(given)];
  const actual = Buffer.from(hashOf(token));
  return expected.some((each) => timingSafeEqual(Buffer.from(each), actual));
}

async function storedHashes(db: Pick<Database, "select">): Promise<string[]> {
  const rows = await db
    .select({ value: verifications.value })
    .from(verifications)
    .where(and(eq(verifications.identifier, identifier), gt(verifications.expiresAt, new Date())));
  return rows.map(({ value }) => value);
}
