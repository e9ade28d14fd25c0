import { join } from "node:path";
import { runMigrations } from "bullmq";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as migrateTables } from "drizzle-orm/node-postgres/migrator";
import { Client } from "pg";
import { names } from "../queue/bullmq/names.ts";
import { prepareBackupAccount } from "./backup-account.ts";
import { tidyGate } from "./gate.ts";
import { prepareServiceAccount } from "./service-account.ts";

const migrationsFolder = join(import.meta.dirname, "migrations");

/** `TFmg`: any number that no other advisory lock of the application uses. */
const lock = 0x54466d67;

interface Accounts {
  /** The database as the account `app`, which is made where it cannot sign in. Absent: it is not made. */
  readonly serviceUrl?: string | undefined;
  /** The same as the account that backups are made by, which is then made or brought up to date. */
  readonly backupUrl?: string | undefined;
  /** Whether that account receives the server's log too. Default: it does not. */
  readonly pointInTime?: boolean | undefined;
}

/**
 * Brings the tables up to date, those of the queue on PostgreSQL included, and the accounts that use them. Any number of
 * processes may do it at the same time: one works, the others wait and find nothing left to do. (drizzle itself takes no
 * lock: https://github.com/drizzle-team/drizzle-orm/issues/874)
 *
 * @param url the database as its owner, never pooled: the lock lives as long as the connection.
 */
export async function migrate(
  url: string,
  { serviceUrl, backupUrl, pointInTime }: Accounts = {},
): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [lock]);
    await migrateTables(drizzle(client), { migrationsFolder });
    await runMigrations(client, names.schema);
    await tidyGate(client);
    await prepareServiceAccount(client, serviceUrl);
    if (backupUrl !== undefined) await prepareBackupAccount(client, backupUrl, pointInTime);
  } finally {
    await client.end();
  }
}
