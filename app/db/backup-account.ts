import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { type Client, escapeIdentifier, escapeLiteral } from "pg";

/** PostgreSQL's own: https://www.postgresql.org/docs/17/runtime-config-connection.html#GUC-SCRAM-ITERATIONS */
const iterations = 4096;

/**
 * Makes the account that backups are made by, or brings it up to date: it reads everything, changes nothing of it, and
 * has databases of its own to restore into.
 *
 * @param url the database as this account, with the password that it is to have.
 * @param pointInTime whether it may replicate too, which receives the log of the whole server. Default: it may not.
 * @throws when the account is the one that makes it.
 */
export async function prepareBackupAccount(client: Client, url: string, pointInTime = false): Promise<void> {
  const { username, password, pathname } = new URL(url);
  const [name, database] = [decodeURIComponent(username), decodeURIComponent(pathname.slice(1))];
  const { rows } = await client.query<{ own: boolean; isThere: boolean; mayReplicate: boolean }>(
    `SELECT current_user = $1 AS own, EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS "isThere",
       EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND rolreplication) AS "mayReplicate"`,
    [name],
  );
  const { own, isThere, mayReplicate } = rows[0]!;
  if (own)
    throw new Error(
      `BACKUP_DATABASE_URL names ${name}, which owns the database and could change it. Name an account of its own, such as backup.`,
    );
  const account = escapeIdentifier(name);
  const verifier = escapeLiteral(scramVerifier(decodeURIComponent(password)));
  await client.query(
    `${isThere ? "ALTER" : "CREATE"} ROLE ${account} LOGIN CREATEDB NOCREATEROLE PASSWORD ${verifier}`,
  );
  // Who may not replicate may not even say that another one is not to.
  if (mayReplicate !== pointInTime)
    await client.query(`ALTER ROLE ${account} ${pointInTime ? "REPLICATION" : "NOREPLICATION"}`);
  await client.query(`GRANT pg_read_all_data TO ${account}`);
  await client.query(`GRANT CONNECT ON DATABASE ${escapeIdentifier(database)} TO ${account}`);
}

/** What the server keeps of a password (RFC 5803), so that none stands in a statement, which a server may log. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const keyed = (text: string) => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(keyed("Client Key")).digest("base64");
  const server = keyed("Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${server}`;
}
