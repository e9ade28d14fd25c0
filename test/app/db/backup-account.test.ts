import { expect, test, vi } from "vitest";
import { withClient } from "../../../app/backup/connection.ts";
import { prepareBackupAccount } from "../../../app/db/backup-account.ts";
import { migrate } from "../../../app/db/migrate.ts";
import { accountPassword, query, withAccount } from "../../support/backups.ts";
import { emptyDatabase } from "../../support/postgres.ts";

async function prepared() {
  const ownerUrl = await emptyDatabase();
  const url = await withAccount(ownerUrl);
  await migrate(ownerUrl, { backupUrl: url });
  return { ownerUrl, url };
}

const tables = (url: string) =>
  query<{ name: string }>(
    url,
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'",
  );

test("the account for backups reads every table and changes none", async () => {
  const { ownerUrl, url } = await prepared();
  await query(ownerUrl, "CREATE TABLE created_later (id int)");
  const { rows } = await tables(ownerUrl);
  const names = rows.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      "public.sessions",
      "public.created_later",
      "bullmq.job",
      "drizzle.__drizzle_migrations",
    ]),
  );
  for (const name of names) {
    await query(url, `SELECT FROM ${name}`);
    for (const change of [`DELETE FROM ${name}`, `INSERT INTO ${name} DEFAULT VALUES`, `TRUNCATE ${name}`])
      await expect(query(url, change), change).rejects.toThrow(/permission denied/);
    await expect(query(url, `DROP TABLE ${name}`)).rejects.toThrow(/must be owner/);
  }
});

test("it makes databases of its own, and neither accounts nor tables beside the application's", async () => {
  const { url, ownerUrl } = await prepared();
  const name = `${new URL(ownerUrl).pathname.slice(1)}_own`;
  await query(url, `CREATE DATABASE ${name}`);
  await query(url, `DROP DATABASE ${name}`);
  await expect(query(url, "CREATE TABLE public.mine (id int)")).rejects.toThrow(/permission denied/);
  await expect(query(url, "CREATE ROLE other")).rejects.toThrow(/permission denied/);
  await expect(query(url, `DROP DATABASE ${new URL(ownerUrl).pathname.slice(1)}`)).rejects.toThrow(
    /must be owner/,
  );
  await expect(query(url, "COPY (SELECT 1) TO PROGRAM 'true'")).rejects.toThrow(/permission denied/);
  await expect(query(url, "SELECT pg_read_file('/etc/passwd')")).rejects.toThrow(/permission denied/);
});

test("a later migration gives the account that is there another password, and its rights again", async () => {
  const { ownerUrl, url } = await prepared();
  const account = new URL(url).username;
  await query(ownerUrl, `REVOKE pg_read_all_data FROM ${account}`);
  const renewed = Object.assign(new URL(url), { password: "another%20%25%20password" }).href;
  await migrate(ownerUrl, { backupUrl: renewed });
  await query(renewed, "SELECT FROM sessions");
  await expect(query(url, "SELECT 1")).rejects.toThrow(/password authentication failed/);
});

test("it replicates only where every moment is to be restored, and no more when that is over", async () => {
  const { ownerUrl, url } = await prepared();
  const prepare = (pointInTime?: boolean) =>
    withClient(ownerUrl, (client) => prepareBackupAccount(client, url, pointInTime));
  const makeSlot = () => query(url, "SELECT pg_create_physical_replication_slot('own', false, true)");
  await expect(makeSlot()).rejects.toThrow(/permission denied to use replication slots/);
  await prepare(true);
  await makeSlot();
  await prepare();
  await expect(makeSlot()).rejects.toThrow(/permission denied to use replication slots/);
});

test("the owner is refused as that account", async () => {
  const { ownerUrl } = await prepared();
  await expect(migrate(ownerUrl, { backupUrl: ownerUrl })).rejects.toThrow(
    /BACKUP_DATABASE_URL names \w+, which owns the database and could change it/,
  );
});

test("its password is in no statement, which a server may log", async () => {
  const { ownerUrl, url } = await prepared();
  await withClient(ownerUrl, async (client) => {
    const asked = vi.spyOn(client, "query");
    await prepareBackupAccount(client, url);
    const statements = JSON.stringify(asked.mock.calls);
    expect(statements).toContain("ALTER ROLE");
    expect(statements).not.toContain(accountPassword);
  });
});
