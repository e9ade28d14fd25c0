import { join } from "node:path";
import { runMigrations } from "bullmq";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as migrateTables } from "drizzle-orm/node-postgres/migrator";
import { Client } from "pg";
import { prepareBackupAccount } from "./backup-account.ts";

const migrationsFolder = join(import.meta.dirname, "migrations");

/** `TFmg`: any number that no other advisory lock of the application uses. */
const lock = 0x54466d67;

/**
 * Brings the tables up to date, those of the queue on PostgreSQL included. Any number of processes may do it at the same
 * time: one works, the others wait and find nothing left to do. (drizzle itself takes no lock:
 * https://github.com/drizzle-team/drizzle-orm/issues/874)
 *
 * @param url the database as its owner, never pooled: the lock lives as long as the connection.
 * @param backupUrl the same as the account that backups are made by, which is then made or brought up to date.
 * @param pointInTime whether that account receives the server's log too. Default: it does not.
 */
export async function migrate(url: string, backupUrl?: string, pointInTime = false): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [lock]);
    await migrateTables(drizzle(client), { migrationsFolder });
    await runMigrations(client);
    await grantToServices(client);
    if (backupUrl !== undefined) await prepareBackupAccount(client, backupUrl, pointInTime);
  } finally {
    await client.end();
  }
}

/** The account `app`, where there is one, may use every table and change none, and see which migrations are applied. */
async function grantToServices(client: Client): Promise<void> {
  const { rows } = await client.query(
    "SELECT FROM pg_roles WHERE rolname = 'app' AND rolname <> current_user",
  );
  if (rows.length === 0) return;
  await client.query("GRANT USAGE ON SCHEMA drizzle TO app");
  await client.query("GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO app");
  const rights = ["SELECT, INSERT, UPDATE, DELETE ON %TABLES", "USAGE, SELECT ON %SEQUENCES"];
  for (const schema of ["public", "bullmq"]) {
    await client.query(`GRANT USAGE ON SCHEMA ${schema} TO app`);
    for (const right of rights) {
      await client.query(`GRANT ${right.replace("%", "ALL ")} IN SCHEMA ${schema} TO app`);
      await client.query(
        `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT ${right.replace("%", "")} TO app`,
      );
    }
  }
}
