import { type Client, escapeIdentifier } from "pg";
import { accountIn, putAccount } from "./accounts.ts";

/**
 * Makes the account that backups are made by, or brings it up to date: it reads everything, changes nothing of it, and
 * has databases of its own to restore into.
 *
 * @param url the database as this account, with the password that it is to have.
 * @param pointInTime whether it may replicate too, which receives the log of the whole server. Default: it may not.
 * @throws when the account is the one that makes it.
 */
export async function prepareBackupAccount(client: Client, url: string, pointInTime = false): Promise<void> {
  const wanted = accountIn(url);
  const database = decodeURIComponent(new URL(url).pathname.slice(1));
  const { rows } = await client.query<{ own: boolean; mayReplicate: boolean }>(
    `SELECT current_user = $1 AS own,
       EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND rolreplication) AS "mayReplicate"`,
    [wanted.name],
  );
  const { own, mayReplicate } = rows[0]!;
  if (own)
    throw new Error(
      `BACKUP_DATABASE_URL names ${wanted.name}, which owns the database and could change it. Name an account of its own, such as backup.`,
    );
  await putAccount(client, wanted, "CREATEDB NOCREATEROLE");
  const account = escapeIdentifier(wanted.name);
  // Who may not replicate may not even say that another one is not to.
  if (mayReplicate !== pointInTime)
    await client.query(`ALTER ROLE ${account} ${pointInTime ? "REPLICATION" : "NOREPLICATION"}`);
  await client.query(`GRANT pg_read_all_data TO ${account}`);
  await client.query(`GRANT CONNECT ON DATABASE ${escapeIdentifier(database)} TO ${account}`);
}
