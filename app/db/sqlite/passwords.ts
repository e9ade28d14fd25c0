import { randomBytes, randomUUID } from "node:crypto";
import { hashPassword } from "better-auth/crypto";
import type { ClientBase } from "pg";

/** Somebody who can sign in for the first time. */
export interface FirstPassword {
  readonly userId: string;
  readonly email: string;
  readonly password: string;
}

/** A password for each user of the database. Nothing is written. */
export async function makePasswords(client: ClientBase): Promise<FirstPassword[]> {
  const { rows } = await client.query<{ userId: string; email: string }>(
    `SELECT id AS "userId", email FROM users ORDER BY email`,
  );
  return rows.map((user) => ({ ...user, password: randomBytes(18).toString("base64url") }));
}

/** Lets somebody sign in, as better-auth keeps it: only a hash is written. */
export async function writePassword(client: ClientBase, { userId, password }: FirstPassword): Promise<void> {
  await client.query(
    `INSERT INTO accounts (id, user_id, account_id, provider_id, password) VALUES ($1, $2::uuid, $2::text, 'credential', $3)`,
    [randomUUID(), userId, await hashPassword(password)],
  );
}
