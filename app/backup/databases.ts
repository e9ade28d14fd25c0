import { randomBytes } from "node:crypto";
import { type Client, escapeIdentifier } from "pg";

/** What a database beside the served one is for; it is in its name. */
type Purpose = "drill" | "restore";

/** An empty database that only its owner may enter, named after the one that it stands beside. */
export async function createBeside(client: Client, database: string, purpose: Purpose): Promise<string> {
  const name = `${database}_${purpose}_${randomBytes(4).toString("hex")}`;
  // Of template1 it would inherit whatever somebody has put there.
  await client.query(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0`);
  await client.query(`REVOKE ALL ON DATABASE ${escapeIdentifier(name)} FROM PUBLIC`);
  return name;
}

/** Drops a database with whoever is connected to it. */
export const drop = async (client: Client, name: string): Promise<void> => {
  await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
};

/** Drops what was made for the same purpose by a process that was killed. */
export async function dropLeftovers(client: Client, database: string, purpose: Purpose): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    "SELECT datname FROM pg_database WHERE starts_with(datname, $1) AND pg_get_userbyid(datdba) = current_user",
    [`${database}_${purpose}_`],
  );
  for (const { datname } of rows) await drop(client, datname);
}
