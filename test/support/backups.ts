import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { vi } from "vitest";
import { withClient } from "../../app/backup/connection.ts";
import type { Context } from "../../app/backup/make.ts";
import { backupStore } from "../../app/backup/store.ts";
import { slotName } from "../../app/backup/wal/slot.ts";
import { prepareBackupAccount } from "../../app/db/backup-account.ts";
import { migrate } from "../../app/db/migrate.ts";
import { atEnd } from "./at-end.ts";
import { emptyDatabase } from "./postgres.ts";
import { postgresPrograms } from "./postgres-programs.ts";
import { s3, type TestBucket } from "./s3.ts";
import type { Service } from "./services.ts";

/** What backups need: programs, and a bucket at each call. */
export const backups: Service<{ readonly programs: string; readonly bucket: () => Promise<TestBucket> }> = {
  name: "S3 server and programs of PostgreSQL 17",
  needs: [s3.needs, postgresPrograms.needs].join(" "),
  async find() {
    const [programs, bucket] = [await postgresPrograms.find(), await s3.find()];
    return programs === undefined || bucket === undefined ? undefined : { programs, bucket };
  },
};

export const passphrase = "canary-passphrase-of-at-least-32-characters";
export const accountPassword = "canary-password-of-the-account";

/** A database with the application's tables, and with an account for its backups. */
export interface BackedUp extends Context {
  /** The database as its owner. */
  readonly ownerUrl: string;
  readonly bucket: TestBucket;
}

/** @param name of the database. Default: one that no other test has. */
export async function backedUpDatabase(programs: string, bucket: TestBucket): Promise<BackedUp> {
  const ownerUrl = await emptyDatabase();
  const url = await withAccount(ownerUrl);
  await migrate(ownerUrl, { backupUrl: url });
  const store = backupStore(bucket, passphrase);
  atEnd(() => store.close());
  return { ownerUrl, url, bucket, store, programs };
}

/** Variables of a role that works with the backups in a bucket. */
export const backupVariables = ({ endpoint, name, credentials }: TestBucket, programs: string) => ({
  BACKUP_BUCKET: name,
  BACKUP_ENDPOINT: endpoint,
  BACKUP_FORCE_PATH_STYLE: "true",
  BACKUP_ACCESS_KEY_ID: credentials.accessKeyId,
  BACKUP_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  BACKUP_PASSPHRASE: passphrase,
  POSTGRES_PROGRAMS: programs,
});

/** Of the role that makes them. */
export const schedules = {
  BACKUP_SCHEDULE: "30 2 * * *",
  BACKUP_DRILL_SCHEDULE: "30 4 * * 0",
  BACKUP_KEEP_DAYS: "7",
} as const;

/** The same, and every moment of it can be restored: the account may replicate, of which there is one slot a server. */
export async function archivedDatabase(programs: string, bucket: TestBucket): Promise<BackedUp> {
  const context = await backedUpDatabase(programs, bucket);
  const { ownerUrl, url } = context;
  await withClient(ownerUrl, (client) => prepareBackupAccount(client, url, true));
  atEnd(() => dropSlot(ownerUrl));
  return { ...context, pointInTime: true };
}

/** As if nobody had ever received the log. The server takes a moment to see that nobody does any more. */
export async function dropSlot(ownerUrl: string): Promise<void> {
  const drop = `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${slotName}'`;
  await vi.waitFor(() => query(ownerUrl, drop), { timeout: 10_000, interval: 100 });
}

/** The database as an account that does not exist yet. It goes with the file. */
export async function withAccount(ownerUrl: string): Promise<string> {
  const username = `backup_${randomBytes(6).toString("hex")}`;
  atEnd(() => dropAccount(ownerUrl, username));
  return Object.assign(new URL(ownerUrl), { username, password: accountPassword }).href;
}

/** In every database, with what it owns. */
async function dropAccount(ownerUrl: string, name: string): Promise<void> {
  const { rows } = await query<{ isThere: boolean }>(
    ownerUrl,
    `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = '${name}') AS "isThere"`,
  );
  if (!rows[0]!.isThere) return;
  await query(ownerUrl, `DROP OWNED BY ${name}`);
  await query(ownerUrl, `DROP ROLE ${name}`);
}

export const query = <Row extends object>(url: string, statement: string) =>
  withClient(url, (client: Client) => client.query<Row>(statement));

/** Names of the databases whose names begin like this one's, without it. */
export async function databasesBeside(ownerUrl: string): Promise<string[]> {
  const { rows } = await query<{ datname: string }>(
    ownerUrl,
    "SELECT datname FROM pg_database WHERE starts_with(datname, current_database() || '_') ORDER BY datname",
  );
  return rows.map(({ datname }) => datname);
}
