import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { type Client, escapeIdentifier, escapeLiteral } from "pg";

/** PostgreSQL's own: https://www.postgresql.org/docs/17/runtime-config-connection.html#GUC-SCRAM-ITERATIONS */
const iterations = 4096;

interface Account {
  readonly name: string;
  readonly password: string;
}

/** Who a database is opened as, by its address. */
export function accountIn(url: string): Account {
  const { username, password } = new URL(url);
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}

export async function isAccount(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [name]);
  return rows.length > 0;
}

/**
 * Makes an account, or gives the one that is there this password.
 *
 * The statement has a hash of the password, since a server may log it; at Neon the password itself, which takes nothing
 * else: "Neon only supports being given plaintext passwords" (https://neon.com/docs/manage/roles, and
 * https://github.com/neondatabase/neon/discussions/12972 of 2026).
 *
 * @param attributes beside LOGIN, as CREATE ROLE has them. An owner that is no superuser may say only what it has itself:
 *   https://www.postgresql.org/docs/17/role-attributes.html
 */
export async function putAccount(client: Client, account: Account, attributes = ""): Promise<void> {
  const verb = (await isAccount(client, account.name)) ? "ALTER" : "CREATE";
  const put = (password: string) =>
    client.query(
      `${verb} ROLE ${escapeIdentifier(account.name)} LOGIN ${attributes} PASSWORD ${escapeLiteral(password)}`,
    );
  try {
    await put(scramVerifier(account.password));
  } catch (error) {
    const { message, detail = "" } = error as { message: string; detail?: string };
    if (!`${message} ${detail}`.includes("only supports being given plaintext passwords")) throw error;
    await put(account.password);
  }
}

/** What the server keeps of a password (RFC 5803). */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const keyed = (text: string) => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(keyed("Client Key")).digest("base64");
  const server = keyed("Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${server}`;
}
