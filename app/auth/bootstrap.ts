import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { and, asc, desc, eq, exists, gt, ne } from "drizzle-orm";
import type { Bootstrap } from "../contract.ts";
import { accounts, members, organizations, users, verifications } from "../db/auth-tables.ts";
import type { Database, Transaction } from "../db/database.ts";
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

type Reading = Pick<Database, "$count" | "select">;

const ownsOne = eq(members.role, "owner");

/**
 * Whether somebody can sign in as an owner. Whoever is no owner, such as a smoke test's account, keeps nobody from becoming
 * the first one; nor does an owner without a password, whom an installation for one person has brought along.
 */
export const hasOwner = async (db: Reading): Promise<boolean> => {
  const hasPassword = exists(
    db.select({ id: accounts.id }).from(accounts).where(eq(accounts.userId, members.userId)),
  );
  return (await db.$count(members, and(ownsOne, hasPassword))) > 0;
};

/** The owner with that address, or else the first one. */
async function ownerLike(
  db: Reading,
  email: string,
): Promise<{ userId: string; organizationId: string } | undefined> {
  const { userId, organizationId, createdAt } = members;
  const [owner] = await db
    .select({ userId, organizationId })
    .from(members)
    .innerJoin(users, eq(users.id, userId))
    .where(ownsOne)
    .orderBy(desc(eq(users.email, email)), asc(createdAt))
    .limit(1);
  return owner;
}

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
 * Makes the first owner with their organization, or lets the one in who was brought along, with all that is there. The token
 * works once, and only while no owner can sign in.
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
    const userId = (await takeOver(tx, input)) ?? (await begin(tx, input));
    await tx.insert(accounts).values({ userId, accountId: userId, providerId: "credential", password });
  });
}

/** @returns the owner who was brought along; `undefined` where there is none. */
async function takeOver(tx: Transaction, input: Bootstrap): Promise<string | undefined> {
  const email = input.email.toLowerCase();
  const owner = await ownerLike(tx, email);
  if (owner === undefined) return undefined;
  if ((await tx.$count(users, and(eq(users.email, email), ne(users.id, owner.userId)))) > 0)
    throw new BootstrapRefused("This address is another member's, who is no owner; give another one.");
  const { name, organization } = input;
  await tx.update(users).set({ name, email }).where(eq(users.id, owner.userId));
  await tx
    .update(organizations)
    .set({ name: organization })
    .where(eq(organizations.id, owner.organizationId));
  return owner.userId;
}

async function begin(tx: Transaction, { name, email, organization }: Bootstrap): Promise<string> {
  const [user] = await tx.insert(users).values({ name, email: email.toLowerCase() }).returning();
  const [org] = await tx.insert(organizations).values({ name: organization, slug: "first" }).returning();
  await tx.insert(members).values({ organizationId: org!.id, userId: user!.id, role: "owner" });
  return user!.id;
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
