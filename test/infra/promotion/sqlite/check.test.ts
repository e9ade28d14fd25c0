import { mkdtemp, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Report } from "../../../../infra/promotion/sqlite/import.ts";
import type { Table } from "../../../../app/db/sqlite/mapping-schema.ts";
import { mappingFrom } from "../../../../infra/promotion/sqlite/mapping.ts";
import { oldTime, pngOf, tenRows } from "../../../support/old-product.ts";
import { checkFile, directory, oldDatabase, screenshots } from "./old-files.ts";

/** What is told of the values that do not fit: `actions.step row 100: 0 must be ...`. */
const misfits = ({ problems }: Report): string[] =>
  problems.columns.flatMap(({ column, first }) =>
    first.map(({ row, value, problem }) => `${column} row ${row}: ${value} ${problem}`),
  );

test("ten rows that fit become an installation's rows", async () => {
  const report = await checkFile(oldDatabase(""));
  expect(misfits(report)).toEqual([]);
  expect(report.problems.general).toEqual([]);
  expect(report.outcome).toBe("checked");
  expect(report.old).toEqual({
    users: 1,
    personas: 1,
    objectives: 1,
    schedules: 1,
    sessions: 2,
    actions: 3,
    findings: 1,
  });
  const rows = Object.entries(report.tables).map(([table, content]) => [table, content.rows]);
  expect(Object.fromEntries(rows)).toEqual({
    organizations: 1,
    users: 1,
    members: 1,
    personas: 1,
    schedules: 1,
    sessions: 2,
    session_events: 7,
    findings: 1,
  });
  expect(report.screenshots.count).toBe(2);
});

const jpeg = Buffer.from("ffd8ffe000104a464946", "hex").toString("base64");

test.each([
  // Text
  [
    "UPDATE personas SET name = 'a' || char(0) || 'b'",
    'personas.name row 7: "a\\u0000b" holds a NUL, which PostgreSQL has no place for',
  ],
  [
    "UPDATE personas SET name = CAST(x'ff41' AS TEXT)",
    "personas.name row 7: a text of 2 bytes, X'ff41' is text that is not UTF-8",
  ],
  ["UPDATE personas SET name = x'41'", "personas.name row 7: a blob of 1 bytes must be a text"],
  [
    "UPDATE personas SET name = zeroblob(33554433)",
    "personas.name row 7: a value of 33554433 bytes must have 33554432 bytes at the most",
  ],
  ["UPDATE personas SET name = '  '", 'personas.name row 7: "  " must not be empty'],
  ["UPDATE users SET email = 'ada'", 'users.email row 5: "ada" must be an e-mail address'],
  [
    "UPDATE users SET email = printf('%.*c@example.com', 309, 'a')",
    `users.email row 5: "${"a".repeat(60)}…", 321 characters must have 320 characters at the most`,
  ],
  ["UPDATE objectives SET text = ''", 'objectives.text row 3: "" must not be empty'],
  // Whole numbers
  ["UPDATE actions SET step = 'first' WHERE id = 100", 'actions.step row 100: "first" must be an integer'],
  ["UPDATE actions SET step = 1.5 WHERE id = 100", "actions.step row 100: 1.5 must be an integer"],
  ["UPDATE actions SET step = 0 WHERE id = 100", "actions.step row 100: 0 must be 1 or more"],
  [
    "UPDATE actions SET tokens = 9007199254740993 WHERE id = 100",
    "actions.tokens row 100: 9007199254740993 must be from -2147483648 to 2147483647",
  ],
  ["UPDATE actions SET duration_ms = -1 WHERE id = 100", "actions.duration_ms row 100: -1 must be 0 or more"],
  // Flags
  ["UPDATE schedules SET enabled = 2", "schedules.enabled row 2: 2 must be 0 or 1"],
  ["UPDATE schedules SET enabled = 'true'", 'schedules.enabled row 2: "true" must be 0 or 1'],
  // Moments
  [
    `UPDATE personas SET created_at = ${oldTime / 1_000}`,
    `personas.created_at row 7: ${oldTime / 1_000} must be milliseconds since 1970, between the years 2000 and 2099`,
  ],
  [
    "UPDATE personas SET created_at = 9223372036854775807",
    "personas.created_at row 7: 9223372036854775807 must be milliseconds since 1970, between the years 2000 and 2099",
  ],
  [
    "UPDATE personas SET created_at = '2025-06-01'",
    'personas.created_at row 7: "2025-06-01" must be an integer, in milliseconds since 1970',
  ],
  [
    "UPDATE sessions SET ended_at = NULL WHERE id = 40",
    "sessions.ended_at row 40: NULL must be there, since the session has ended",
  ],
  [
    "UPDATE sessions SET started_at = NULL WHERE id = 40",
    "sessions.started_at row 40: NULL must be there, since the session has actions or findings",
  ],
  // Choices
  [
    "UPDATE personas SET device = 'watch'",
    'personas.device row 7: "watch" must be one of desktop, mobile, phone',
  ],
  [
    "UPDATE sessions SET status = 'constructor' WHERE id = 40",
    'sessions.status row 40: "constructor" must be one of pending, running, completed, failed, cancelled',
  ],
  [
    "UPDATE findings SET severity = 'HIGH'",
    'findings.severity row 1: "HIGH" must be one of low, medium, high, critical',
  ],
  // JSON
  ["UPDATE actions SET params = '{' WHERE id = 100", 'actions.params row 100: "{" must be JSON'],
  ["UPDATE actions SET params = '[]' WHERE id = 102", 'actions.params row 102: "[]" must be an object'],
  [
    `UPDATE actions SET params = '{"selector":"#a","value":"b\\u0000"}' WHERE id = 100`,
    `actions.params row 100: "{\\"selector\\":\\"#a\\",\\"value\\":\\"b\\\\u0000\\"}" holds a NUL, which PostgreSQL has no place for`,
  ],
  [
    `UPDATE actions SET params = '{"selector":"#a"}' WHERE id = 100`,
    `actions.params row 100: "{\\"selector\\":\\"#a\\"}" text: Invalid input: expected string, received undefined, as fill has it`,
  ],
  [
    `UPDATE actions SET params = '{"speed":3}' WHERE id = 102`,
    `actions.params row 102: "{\\"speed\\":3}" Unrecognized key: "speed", as back has it`,
  ],
  [
    `UPDATE actions SET params = '{"kind":"goto"}' WHERE id = 102`,
    `actions.params row 102: "{\\"kind\\":\\"goto\\"}" has a kind of its own, beside back`,
  ],
  [
    `UPDATE actions SET params = '{"selector":"#a","ref":"e1","value":""}' WHERE id = 100`,
    `actions.params row 100: "{\\"selector\\":\\"#a\\",\\"ref\\":\\"e1\\",\\"value\\":\\"\\"}" has two names that become "ref"`,
  ],
  [
    `UPDATE findings SET evidence = '{"html":"\\ud800"}'`,
    `findings.evidence row 1: "{\\"html\\":\\"\\\\ud800\\"}" holds half of a surrogate pair`,
  ],
  [
    `UPDATE findings SET evidence = '{"status":9007199254740993}'`,
    `findings.evidence row 1: "{\\"status\\":9007199254740993}" holds a number that is too large to be exact`,
  ],
  [
    `UPDATE findings SET evidence = '{"milliseconds":1e999}'`,
    `findings.evidence row 1: "{\\"milliseconds\\":1e999}" holds a number that is too large to be exact`,
  ],
  // Screenshots
  [
    "UPDATE actions SET screenshot = 'no base64' WHERE id = 101",
    'actions.screenshot row 101: "no base64" must be base64',
  ],
  ["UPDATE actions SET screenshot = '' WHERE id = 101", 'actions.screenshot row 101: "" must be base64'],
  [
    "UPDATE actions SET screenshot = 'R0lGODlh' WHERE id = 101",
    'actions.screenshot row 101: "R0lGODlh" must be a PNG or a WebP, and is no picture that is known',
  ],
  [
    `UPDATE actions SET screenshot = '${jpeg}' WHERE id = 101`,
    `actions.screenshot row 101: "${jpeg}" must be a PNG or a WebP, and is a JPEG`,
  ],
  [
    "UPDATE actions SET screenshot_path = '../2.png' WHERE id = 100",
    'actions.screenshot_path row 100: "../2.png" must be a path inside the directory of --screenshots, without . and ..',
  ],
  [
    "UPDATE actions SET screenshot_path = '/etc/passwd' WHERE id = 100",
    'actions.screenshot_path row 100: "/etc/passwd" must be a path inside the directory of --screenshots, without . and ..',
  ],
  [
    "UPDATE actions SET screenshot_path = 'gone.png' WHERE id = 100",
    `actions.screenshot_path row 100: "gone.png" cannot be read: ENOENT at ${screenshots}/gone.png`,
  ],
  [
    "UPDATE actions SET screenshot_path = 'x.png' WHERE id = 101",
    'actions.screenshot_path row 101: "x.png" must be NULL, since another column has the screenshot already',
  ],
  // Addresses and times of schedules
  [
    "UPDATE sessions SET url = 'ftp://shop.example' WHERE id = 40",
    'sessions.url row 40: "ftp://shop.example" must be an http or https address',
  ],
  [
    "UPDATE schedules SET cron = 'daily'",
    'schedules.cron row 2: "daily" must have five fields: 0 9 * * 1 is Mondays at nine',
  ],
  [
    "UPDATE schedules SET timezone = 'Mars/Olympus'",
    'schedules.timezone row 2: "Mars/Olympus" must be a time zone\'s name, such as Europe/Madrid',
  ],
  // What rows say of each other
  ["UPDATE findings SET session_id = NULL", "findings.session_id row 1: NULL must not be NULL"],
  [
    "UPDATE actions SET session_id = 41 WHERE id = 102",
    "actions.session_id row 102: 41 refers to no row of sessions",
  ],
  [
    "UPDATE sessions SET schedule_id = 9 WHERE id = 40",
    "sessions.schedule_id row 40: 9 refers to no row of schedules",
  ],
] as const)("%s is refused with its place", async (change, told) => {
  const report = await checkFile(oldDatabase(change));
  expect(report.outcome).toBe("refused");
  expect(misfits(report)).toEqual([told]);
});

test("addresses that are missing are not the same one", async () => {
  const change = `${anew("users", "id INTEGER PRIMARY KEY, email TEXT, name TEXT, role TEXT, email_verified INTEGER, password_hash TEXT, created_at INTEGER")};
    INSERT INTO users SELECT 6, NULL, name, 'user', 0, NULL, created_at FROM users;
    INSERT INTO users SELECT 8, NULL, name, 'user', 0, NULL, created_at FROM users WHERE id = 5`;
  expect(misfits(await checkFile(oldDatabase(change)))).toEqual([
    "users.email row 6: NULL must not be NULL",
    "users.email row 8: NULL must not be NULL",
  ]);
});

test("each of the rows that have the same in common is told", async () => {
  const report = await checkFile(
    oldDatabase(`
      UPDATE actions SET step = 1 WHERE id = 100;
      INSERT INTO users SELECT 6, 'ADA@example.com', name, role, 0, NULL, created_at FROM users`),
  );
  expect(misfits(report)).toEqual([
    'users.email row 5: "Ada@Example.com" is in more than one row',
    'users.email row 6: "ADA@example.com" is in more than one row',
    "actions.step row 100: 1 is in more than one row, with the same session",
    "actions.step row 101: 1 is in more than one row, with the same session",
  ]);
});

test("a screenshot outside of the directory is not read, whatever links to it", async () => {
  const own = await mkdtemp(join(directory, "linked-"));
  await writeFile(join(directory, "secret.png"), pngOf("secret"));
  await symlink(join(directory, "secret.png"), join(own, "link.png"));
  await symlink(directory, join(own, "up"));
  await writeFile(join(own, "inside.png"), pngOf("inside"));
  await symlink("inside.png", join(own, "alias.png"));
  await symlink(own, `${own}.alias`);
  for (const named of [own, `${own}.alias`]) {
    const told = async (path: string) => {
      const change = `UPDATE actions SET screenshot_path = '${path}' WHERE id = 100`;
      return misfits(await checkFile(oldDatabase(change), mappingFrom(undefined), named));
    };
    for (const path of ["link.png", "up/secret.png"])
      expect(await told(path)).toEqual([
        `actions.screenshot_path row 100: "${path}" leads out of the directory of --screenshots`,
      ]);
    for (const path of ["inside.png", "alias.png"]) expect(await told(path)).toEqual([]);
  }
});

/** Makes a table anew with other columns, and its rows in it. */
const anew = (table: string, columns: string) => `
  ALTER TABLE ${table} RENAME TO earlier; CREATE TABLE ${table} (${columns});
  INSERT INTO ${table} SELECT * FROM earlier; DROP TABLE earlier`;
const sessionColumns = (persona: string) =>
  `id INTEGER PRIMARY KEY, ${persona}, objective_id INTEGER, schedule_id INTEGER, url TEXT, status TEXT, reason TEXT,
   created_at INTEGER, started_at INTEGER, ended_at INTEGER`;

test.each([
  [
    "letters beyond ASCII",
    `INSERT INTO users SELECT 6, 'émile@example.com', name, 'user', 0, NULL, created_at FROM users;
     INSERT INTO users SELECT 8, 'ÉMILE@example.com', name, 'user', 0, NULL, created_at FROM users WHERE id = 5`,
    [
      'users.email row 6: "émile@example.com" is in more than one row',
      'users.email row 8: "ÉMILE@example.com" is in more than one row',
    ],
  ],
  [
    "a number and the same as a text",
    `${anew("personas", "id, name TEXT, description TEXT, device TEXT, created_at INTEGER")};
     INSERT INTO personas SELECT '7', name, description, device, created_at FROM personas`,
    ["personas.id row 1: 7 is in more than one row", 'personas.id row 2: "7" is in more than one row'],
  ],
  [
    "a text that SQLite takes for a number",
    `${anew("sessions", sessionColumns("persona_id TEXT"))}; UPDATE sessions SET persona_id = '07' WHERE id = 40`,
    ['sessions.persona_id row 40: "07" refers to no row of personas'],
  ],
  [
    "a text that SQLite compares without regard to case",
    `${anew("personas", "id TEXT, name TEXT, description TEXT, device TEXT, created_at INTEGER")};
     UPDATE personas SET id = 'a'; UPDATE schedules SET persona_id = 'a';
     ${anew("sessions", sessionColumns("persona_id TEXT COLLATE NOCASE"))};
     UPDATE sessions SET persona_id = iif(id = 40, 'A', 'a')`,
    ['sessions.persona_id row 40: "A" refers to no row of personas'],
  ],
] as const)("keys are compared as the new product does: %s", async (_, change, told) => {
  expect(misfits(await checkFile(oldDatabase(change)))).toEqual(told);
});

test("a row that would not be imported, and that nothing else is said of, is told", async () => {
  const unread = await checkFile(
    oldDatabase(
      "INSERT INTO personas SELECT -9223372036854775808, name, '', device, created_at FROM personas",
    ),
  );
  expect(unread.problems.general).toEqual([
    expect.stringMatching(/^personas: 1 of its 2 rows would be imported/),
  ]);
  // As no mapping may be that is read from a file.
  const mapping = structuredClone(mappingFrom(undefined));
  const { columns } = mapping.tables["actions"] as Table;
  columns["run_id"] = { becomes: "sessionId", as: "id" };
  const change = `
    ALTER TABLE actions ADD COLUMN run_id INTEGER;
    UPDATE actions SET run_id = session_id, session_id = NULL WHERE id = 102`;
  const { outcome, problems } = await checkFile(oldDatabase(change), mapping);
  expect([outcome, problems.general]).toEqual([
    "refused",
    [expect.stringMatching(/^actions: 2 of its 3 rows would be imported/)],
  ]);
});

test("of a column the first hundred are told, and how many there are", async () => {
  const report = await checkFile(
    oldDatabase(`
      WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1249)
      INSERT INTO personas SELECT i, '', 'x', 'desktop', ${oldTime} FROM n`),
  );
  const [column] = report.problems.columns;
  expect([column!.column, column!.total, column!.first.length]).toEqual(["personas.name", 250, 100]);
});

test("nobody who becomes an owner is refused", async () => {
  const report = await checkFile(oldDatabase("UPDATE users SET role = 'user'"));
  expect(report.problems.general).toEqual([expect.stringMatching(/^users: no user becomes an owner/)]);
});

test("what SQLite's own check of references finds is told", async () => {
  const report = await checkFile(oldDatabase("UPDATE sessions SET persona_id = 8 WHERE id = 40"));
  expect(report.problems.general).toEqual([
    "SQLite's foreign_key_check: 1 rows of sessions refer to no row of personas",
  ]);
  expect(misfits(report)).toEqual(["sessions.persona_id row 40: 8 refers to no row of personas"]);
});

test("references of ignored tables are nobody's business; those of the others that lead to no key are told", async () => {
  const ignored = await checkFile(
    oldDatabase(
      `DROP TABLE migrations; CREATE TABLE migrations (who TEXT REFERENCES users (name)); INSERT INTO migrations VALUES ('Ada')`,
    ),
  );
  expect([ignored.outcome, ignored.problems.general]).toEqual(["checked", []]);
  const mapped = await checkFile(
    oldDatabase(
      anew("objectives", "id INTEGER PRIMARY KEY, text TEXT, created_at INTEGER REFERENCES users (name)"),
    ),
  );
  expect(mapped.problems.general).toEqual([
    'objectives: SQLite cannot check its foreign keys: foreign key mismatch - "objectives" referencing "users". Make the table anew without those that lead to no key',
  ]);
});

test("tables and columns may have any name", async () => {
  const mapping = structuredClone(mappingFrom(undefined));
  const { sessions, actions, ...others } = mapping.tables;
  const columns = { ...(actions as Table).columns };
  for (const name of ["unit", "key", "row", "found"]) columns[name] = { ignored: "a word of the import" };
  mapping.tables = { ...others, session: sessions!, happened: { becomes: "actions", columns } };
  const report = await checkFile(
    oldDatabase(`
      PRAGMA legacy_alter_table = OFF; ALTER TABLE sessions RENAME TO session; ALTER TABLE actions RENAME TO happened;
      ALTER TABLE happened ADD COLUMN unit TEXT; ALTER TABLE happened ADD COLUMN "key" TEXT;
      ALTER TABLE happened ADD COLUMN "row" TEXT; ALTER TABLE happened ADD COLUMN found TEXT;`),
    mapping,
  );
  expect([report.outcome, report.problems.general, misfits(report)]).toEqual(["checked", [], []]);
});

test("tables and columns that the mapping does not know are listed, and so are those that are missing", async () => {
  const report = await checkFile(
    oldDatabase(`
      CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (1, 'a'), (2, 'b');
      ALTER TABLE users ADD COLUMN nickname TEXT;
      ALTER TABLE findings DROP COLUMN severity;
      ALTER TABLE actions DROP COLUMN tokens`),
  );
  expect(report.outcome).toBe("refused");
  expect(report.problems.general).toEqual([
    "the table notes, of 2 rows, is not in the mapping: say what it becomes, or ignored and why",
    "the column users.nickname is not in the mapping: say what it becomes, or ignored and why",
    "there is no column findings.severity, which the mapping takes severity from",
  ]);
});

test("ids that are texts will do", async () => {
  const file = join(directory, "texts.db");
  const old = tenRows(file, screenshots);
  old.run(`
    ALTER TABLE objectives RENAME TO numbered;
    CREATE TABLE objectives (id TEXT PRIMARY KEY, text TEXT NOT NULL, created_at INTEGER NOT NULL);
    INSERT INTO objectives SELECT 'objective-' || id, text, created_at FROM numbered;
    DROP TABLE numbered;
    UPDATE sessions SET objective_id = 'objective-3'; UPDATE schedules SET objective_id = 'objective-3'`);
  old.close();
  expect(misfits(await checkFile(file))).toEqual([]);
});
