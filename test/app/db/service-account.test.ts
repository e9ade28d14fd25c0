import type { Client } from "pg";
import { expect, onTestFinished, test, vi } from "vitest";
import { withClient } from "../../../app/backup/connection.ts";
import { migrate } from "../../../app/db/migrate.ts";
import { prepareServiceAccount } from "../../../app/db/service-account.ts";
import { query } from "../../support/backups.ts";
import { emptyDatabase } from "../../support/postgres.ts";

const password = "canary%20password%25of-app";
const as = (url: string, username: string, word = password) =>
  Object.assign(new URL(url), { username, password: word }).href;

/** A database, and itself as the account `app`, which does not exist and goes with the test. */
async function database(): Promise<{ readonly superuser: string; readonly app: string }> {
  const superuser = await emptyDatabase();
  onTestFinished(() => drop(superuser, "app"));
  return { superuser, app: as(superuser, "app") };
}

async function drop(superuser: string, name: string): Promise<void> {
  const { rows } = await query(superuser, `SELECT FROM pg_roles WHERE rolname = '${name}'`);
  if (rows.length === 0) return;
  await query(superuser, `REASSIGN OWNED BY ${name} TO CURRENT_USER`);
  await query(superuser, `DROP OWNED BY ${name}`);
  await query(superuser, `DROP ROLE ${name}`);
}

/** An account that is no superuser. */
async function account(superuser: string, name: string, attributes = ""): Promise<string> {
  await query(superuser, `CREATE ROLE ${name} LOGIN ${attributes} PASSWORD 'owner'`);
  onTestFinished(() => drop(superuser, name));
  return as(superuser, name, "owner");
}

/** What the server keeps of app's password. */
async function verifier(superuser: string): Promise<string> {
  const { rows } = await query<{ kept: string }>(
    superuser,
    "SELECT rolpassword AS kept FROM pg_authid WHERE rolname = 'app'",
  );
  return rows[0]!.kept;
}

async function usesEveryTableAndChangesNone(app: string): Promise<void> {
  const { rows } = await query<{ name: string }>(
    app,
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'bullmq')",
  );
  const names = rows.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["public.sessions", "bullmq.job"]));
  for (const name of names) {
    await query(app, `SELECT FROM ${name}`);
    await query(app, `DELETE FROM ${name} WHERE false`);
    await expect(query(app, `ALTER TABLE ${name} ADD COLUMN more int`)).rejects.toThrow(/must be owner/);
  }
  await expect(query(app, "CREATE TABLE public.mine (id int)")).rejects.toThrow(/permission denied/);
  // `npm run doctor` asks for them.
  await query(app, "SELECT FROM drizzle.__drizzle_migrations");
  await expect(query(app, "DELETE FROM drizzle.__drizzle_migrations")).rejects.toThrow(/permission denied/);
}

test("the account app is made with its address's password, uses every table and changes none", async () => {
  const { superuser, app } = await database();
  // As a dump of PostgreSQL 14 has it.
  await query(superuser, "GRANT CREATE ON SCHEMA public TO PUBLIC");
  await migrate(superuser, { serviceUrl: app });
  await query(superuser, "CREATE TABLE created_later (id int)");
  await usesEveryTableAndChangesNone(app);
  await query(app, "INSERT INTO created_later VALUES (1)");
  await expect(query(app, "CREATE ROLE other")).rejects.toThrow(/permission denied/);
});

test("an owner that is no superuser makes it too, and gives it another password later", async () => {
  const { superuser, app } = await database();
  const owner = await account(superuser, "managed_owner", "CREATEROLE");
  await query(superuser, `ALTER DATABASE ${new URL(superuser).pathname.slice(1)} OWNER TO managed_owner`);
  await migrate(owner, { serviceUrl: app });
  await usesEveryTableAndChangesNone(app);
  const renewed = as(app, "app", "another");
  await migrate(owner, { serviceUrl: renewed });
  await query(renewed, "SELECT FROM sessions");
  await expect(query(app, "SELECT")).rejects.toThrow(/password authentication failed/);
});

test("one that can sign in keeps what the server knows of its password", async () => {
  const { superuser, app } = await database();
  await migrate(superuser, { serviceUrl: app });
  const before = await verifier(superuser);
  await migrate(superuser, { serviceUrl: app });
  expect(await verifier(superuser)).toBe(before);
});

test("one that may not enter the database is let in, with the same password", async () => {
  const { superuser, app } = await database();
  await query(superuser, `REVOKE ALL ON DATABASE ${new URL(superuser).pathname.slice(1)} FROM PUBLIC`);
  await query(superuser, "CREATE ROLE app LOGIN PASSWORD 'app'");
  const before = await verifier(superuser);
  await migrate(superuser, { serviceUrl: as(app, "app", "app") });
  await query(as(app, "app", "app"), "SELECT FROM sessions");
  expect(await verifier(superuser)).toBe(before);
});

test("at a pooler that adds the project to its name, it is app all the same, and tried only when it is there", async () => {
  const { superuser, app } = await database();
  const trial = vi.spyOn(await import("../../../app/backup/connection.ts"), "withClient");
  await migrate(superuser, { serviceUrl: as(app, "app.abcdefghijklmnopqrst") });
  expect(trial).not.toHaveBeenCalled();
  trial.mockRestore();
  await query(app, "SELECT FROM sessions");
});

test.each(["PUBLIC", "vendor_owner, app"])(
  "an owner of tables alone gives what it may to the account that is there, where %s may enter",
  async (entrants) => {
    const { superuser, app } = await database();
    const owner = await account(superuser, "vendor_owner");
    const name = new URL(superuser).pathname.slice(1);
    await query(superuser, `CREATE ROLE app LOGIN PASSWORD '${decodeURIComponent(password)}'`);
    await query(superuser, `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
    await query(superuser, `GRANT CONNECT ON DATABASE ${name} TO ${entrants}`);
    await query(superuser, `GRANT CREATE ON DATABASE ${name} TO vendor_owner`);
    await query(superuser, "GRANT USAGE, CREATE ON SCHEMA public TO vendor_owner");
    await expect(migrate(owner, { serviceUrl: app })).resolves.toBeUndefined();
    await usesEveryTableAndChangesNone(app);
  },
);

test("whose password is another one, and is not the owner's to change, is an error that says so", async () => {
  const { superuser, app } = await database();
  await migrate(superuser, { serviceUrl: as(app, "app", "of-the-vendor") });
  const owner = await account(superuser, "vendor_owner");
  const prepare = withClient(owner, (client) => prepareServiceAccount(client, app));
  await expect(prepare).rejects.toThrow(
    /^app cannot sign in with DATABASE_DIRECT_URL, and the account of DATABASE_ADMIN_URL may not give it that password: permission denied to alter role/,
  );
});

test("an account of another name is left to whoever has made it", async () => {
  const { superuser } = await database();
  await migrate(superuser, { serviceUrl: as(superuser, "application") });
  const { rows } = await query(superuser, "SELECT FROM pg_roles WHERE rolname IN ('app', 'application')");
  expect(rows).toEqual([]);
});

test("its password is in no statement, which a server may log", async () => {
  const { superuser, app } = await database();
  const statements = await withClient(superuser, (client) => statementsOf(client, app));
  expect(statements).toContainEqual(expect.stringMatching(/^CREATE ROLE "app" .*'SCRAM-SHA-256\$/));
  expect(JSON.stringify(statements)).not.toContain(decodeURIComponent(password));
});

test("a server that takes no hashes, as Neon's, gets the password", async () => {
  const { superuser, app } = await database();
  await migrate(superuser);
  await withClient(superuser, async (client) => {
    const ask = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    vi.spyOn(client, "query").mockImplementation(async (...args: unknown[]) => {
      if (String(args[0]).includes("SCRAM-SHA-256$"))
        throw new Error(
          'Received HTTP code 400 from control plane: {"error":"Neon only supports being given plaintext passwords"}',
        );
      return ask(...args);
    });
    await prepareServiceAccount(client, app);
  });
  expect(await query(app, "SELECT FROM sessions")).toHaveProperty("rowCount", 0);
});

/** What is asked of the server, up to the rights on tables that are not there. */
async function statementsOf(client: Client, url: string): Promise<string[]> {
  const asked = vi.spyOn(client, "query");
  await expect(prepareServiceAccount(client, url)).rejects.toThrow(/schema "drizzle" does not exist/);
  return asked.mock.calls.map(([statement]) => statement as unknown as string);
}
