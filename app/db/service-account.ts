import { type Client, escapeIdentifier } from "pg";
import { withClient } from "../backup/connection.ts";
import { names } from "../queue/bullmq/names.ts";
import { accountIn, isAccount, putAccount } from "./accounts.ts";

/** What services sign in as, in every tier. */
const service = "app";

/** What a server answers to whom it does not let in: https://www.postgresql.org/docs/17/errcodes-appendix.html */
const refusals = ["28000", "28P01"];
/** What it answers to who may not do what was asked. */
const denied = "42501";

/**
 * Makes the account `app` where it cannot sign in, and gives it its rights: it may use every table and change none,
 * and see which migrations are applied and whether a promotion has closed the installation. Who is named otherwise in
 * the address is not ours.
 *
 * An owner that is no superuser, as at Supabase, Neon and Render, makes it too. Where the owner may make no accounts, as
 * at Fly.io, the vendor has made it. What an owner may not give or take away PostgreSQL answers with a warning.
 *
 * @param url the database as this account, with the password that it is to have. Absent: whoever is there gets the rights.
 * @throws when it cannot sign in and may not be made.
 */
export async function prepareServiceAccount(client: Client, url?: string): Promise<void> {
  if (url !== undefined && isOurs(url) && !(await canSignIn(client, url))) {
    const { password } = accountIn(url);
    await putAccount(client, { name: service, password }).catch((cause: Error & { code?: string }) => {
      if (cause.code !== denied) throw cause;
      throw new Error(
        `${service} cannot sign in with DATABASE_DIRECT_URL, and the account of DATABASE_ADMIN_URL may not give it that password: ${cause.message}. Give it that password as whoever has made it.`,
        { cause },
      );
    });
  }
  await grant(client);
}

/** At Supabase's pooler an account's name is followed by a dot and the project's ref. */
const isOurs = (url: string): boolean => accountIn(url).name.split(".")[0] === service;

/**
 * Only an account that is there is tried: Supabase's pooler shuts out an address that has failed several times
 * (https://github.com/orgs/supabase/discussions/50259), and needs a moment after each new password, even the same one
 * (https://github.com/supabase/supavisor/issues/1142).
 */
async function canSignIn(client: Client, url: string): Promise<boolean> {
  if (!(await isAccount(client, service))) return false;
  try {
    await withClient(url, async () => undefined);
    return true;
  } catch (error) {
    const { code = "" } = error as { code?: string };
    // The password was right, and what is missing is granted next.
    if (code === denied) return true;
    if (refusals.includes(code)) return false;
    throw error;
  }
}

async function grant(client: Client): Promise<void> {
  const { rows } = await client.query<{ database: string }>(
    "SELECT current_database() AS database FROM pg_roles WHERE rolname = $1 AND rolname <> current_user",
    [service],
  );
  if (rows[0] === undefined) return;
  await client.query(`GRANT CONNECT ON DATABASE ${escapeIdentifier(rows[0].database)} TO ${service}`);
  await client.query("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  await client.query(`GRANT USAGE ON SCHEMA drizzle TO ${service}`);
  await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO ${service}`);
  await client.query(`GRANT USAGE ON SCHEMA promotion TO ${service}`);
  await client.query(`GRANT SELECT ON promotion.gate TO ${service}`);
  const rights = ["SELECT, INSERT, UPDATE, DELETE ON %TABLES", "USAGE, SELECT ON %SEQUENCES"];
  for (const schema of ["public", names.schema]) {
    await client.query(`GRANT USAGE ON SCHEMA ${schema} TO ${service}`);
    for (const right of rights) {
      await client.query(`GRANT ${right.replace("%", "ALL ")} IN SCHEMA ${schema} TO ${service}`);
      await client.query(
        `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT ${right.replace("%", "")} TO ${service}`,
      );
    }
  }
}
