import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { describe, expect, test, vi } from "vitest";
import { assumed } from "../../../app/db/sqlite/mapping.ts";
import { openInstallation } from "../../../app/embedded/installation.ts";
import { type Lock, takeLock } from "../../../app/embedded/lock.ts";
import { startPostgres } from "../../../app/embedded/postgres.ts";
import { atEnd } from "../../support/at-end.ts";
import { oldTime, tenRows } from "../../support/old-product.ts";
import { migratedDatabase } from "../../support/postgres.ts";
import { pulumiOf, startImport } from "../promotion/sqlite/command.ts";

vi.setConfig({ testTimeout: 300_000 });

const directory = await mkdtemp(join(tmpdir(), "testfarm-import-cli-"));
atEnd(() => rm(directory, { recursive: true }));
const screenshots = join(directory, "screenshots");
const file = join(directory, "old.db");
tenRows(file, screenshots).close();
/** Files as they may be written: with a mapping, and one that is there already. */
const [broken, mapping, taken] = ["broken", "mapping", "taken"].map((name) => join(directory, name)) as [
  string,
  string,
  string,
];
await writeFile(broken, "tables: [");
await writeFile(mapping, "tables:\n  users: { becomes: customers, columns: {} }\n");
await writeFile(taken, "");

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  startImport(args, { PATH: process.env["PATH"]!, HOME: directory, TMPDIR: directory, ...env }).ended;

describe("a command that is wrong", () => {
  test.each([
    [[], "name the old product's database, such as old.db"],
    [["none.db"], 'there is no file "none.db"'],
    [[file, "other.db"], '"other.db" is too much; one database is imported'],
    [[file, "--fast"], "Unknown option '--fast'"],
    [[file, "--screenshots", "nowhere"], '--screenshots is "nowhere"; there is no such directory'],
    [[file, "--passwords", taken], `--passwords is "${taken}"; there is such a file already. Move it away`],
    [
      [file, "--passwords", join(directory, "none", "passwords")],
      `--passwords is "${join(directory, "none", "passwords")}"; ${join(directory, "none")} is no directory that can be written to`,
    ],
    [
      [file, "--passwords", join(taken, "passwords")],
      `--passwords is "${join(taken, "passwords")}"; ${taken} is no directory that can be written to`,
    ],
    [[file, "--organization", " "], "--organization is empty; give it a name"],
    [[file, "--stack", "mvp"], "say with --passwords which file gets a first password of each user"],
    [[file, "--mapping", broken], `${broken} cannot be read as JSON or YAML: `],
    [
      [file, "--mapping", mapping],
      `${mapping} is not as a mapping must be:\n- tables.users.becomes: must be one of users, personas,`,
    ],
  ])("%j ends with 2, what is wrong and the usage", async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.startsWith(message), stderr).toBe(true);
    expect(stderr).toContain("npm run import:sqlite -- <file>");
  });
});

test("--help tells the usage, and --print-mapping what is assumed", async () => {
  const [help, printed] = await Promise.all([run(["--help"]), run(["--print-mapping"])]);
  expect([help.code, printed.code]).toEqual([0, 0]);
  expect(help.stdout).toMatch(/^npm run import:sqlite -- <file>/);
  expect(JSON.parse(printed.stdout)).toEqual(assumed);
});

test("what does not fit is listed, and ends it with 1", async () => {
  const { code, stdout } = await run([file, "--dry-run"]);
  expect(code).toBe(1);
  expect(stdout).toBe(
    `- actions.screenshot_path: 1 value does not fit
    actions row 100: "2025/06/second.png" is a file: name the directory that it lies under with --screenshots
Refused: 1 in all. Nothing was written. Mend the old database or the mapping (docs/import-sqlite.md).
`,
  );
});

test("a database of this machine's installation that does not answer ends it with 2", async () => {
  const { code, stdout, stderr } = await run([file, "--screenshots", screenshots], {
    TESTFARM_HOME: join(directory, "unreached"),
    DATABASE_URL: "postgres://app:canary-password@127.0.0.1:9/testfarm",
  });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("The database of embedded does not answer: connect ECONNREFUSED 127.0.0.1:9.");
  expect(stderr).not.toMatch(/canary|^ +at /m);
});

test("a dry run of this machine's installation makes none", async () => {
  const home = join(directory, "none");
  const { code, stdout } = await run([file, "--dry-run", "--screenshots", screenshots], {
    TESTFARM_HOME: home,
  });
  expect([code, stdout.split("\n").at(-2)]).toEqual([0, "Nothing was written: --dry-run."]);
  expect(await readdir(directory)).not.toContain("none");
});

test("this machine's installation takes it, once, while it does not run", async () => {
  // Of this account and no other, as one in a home; PostgreSQL may have to run as another one.
  const home = await mkdtemp(join(tmpdir(), "testfarm-home-"));
  atEnd(() => rm(home, { recursive: true }));
  const env = { TESTFARM_HOME: home };
  const args = [file, "--screenshots", screenshots];
  const lock = (await takeLock(home)) as Lock;
  const refused = await run(args, env);
  await lock.release();
  expect([refused.code, refused.stdout]).toEqual([2, ""]);
  expect(refused.stderr).toContain(`TestFarm runs in ${home}. End it, or name another directory`);

  const { code, stdout, stderr } = await run(args, env);
  expect(code, stderr).toBe(0);
  expect(stderr.split("\n").at(-2)).toMatch(/^Compared: 15 of 15 rows \(100 %\)/);
  expect(stdout).toContain("           2  sessions\n");
  const { settings } = await openInstallation(home);
  const postgres = await startPostgres({
    directory: join(home, "postgres"),
    password: settings.databasePassword,
  });
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query("SELECT name, slug FROM organizations").finally(() => client.end());
  await postgres.stop();
  expect(rows).toEqual([{ name: "TestFarm", slug: "imported" }]);
  const stored = await readdir(join(home, "storage"), { recursive: true });
  expect(stored.filter((name) => name.endsWith(".png")).length).toBe(2);

  const again = await run(args, env);
  expect([again.code, again.stdout]).toEqual([1, ""]);
  expect(again.stderr).toMatch(/^The import of this very file into this database is done: .*Z\.$/m);
});

describe("a stack", () => {
  const s3 = { S3_BUCKET: "screenshots", S3_ENDPOINT: "http://127.0.0.1:9", S3_REGION: "" };
  const args = [file, "--stack", "mvp", "--screenshots", screenshots];

  test("that is there is looked at by a dry run", async () => {
    const url = await migratedDatabase();
    const bin = await pulumiOf(directory, { ...s3, DATABASE_ADMIN_URL: url });
    const { code, stdout } = await run([...args, "--dry-run"], { PATH: `${bin}:${process.env["PATH"]}` });
    expect([code, stdout.split("\n").at(-2)]).toEqual([0, "Nothing was written: --dry-run."]);
  });

  test("that keeps screenshots where only it reaches them is given them by its role", async () => {
    const [url, storage] = [await migratedDatabase(), join(directory, "storage")];
    const unset = ["S3_BUCKET", "S3_REGION", "S3_ENDPOINT", "S3_FORCE_PATH_STYLE", "AWS_ACCESS_KEY_ID"];
    const bin = await pulumiOf(directory, {
      ...Object.fromEntries(
        [...unset, "AWS_SECRET_ACCESS_KEY", "LOG_LEVEL", "NODE_ENV"].map((name) => [name, ""]),
      ),
      DATABASE_ADMIN_URL: url,
      STORAGE_DIR: storage,
    });
    const passwords = join(directory, "first-passwords");
    const { code, stdout, stderr } = await run([...args, "--passwords", passwords], {
      PATH: `${bin}:${process.env["PATH"]}`,
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("Each user has a first password in the file that you named");
    const stored = await readdir(storage, { recursive: true });
    expect(stored.filter((name) => name.endsWith(".png")).length).toBe(2);
  });

  test("that something is wrong with before anything is written ends it with 1, and nothing goes on", async () => {
    const url = await migratedDatabase();
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query("DROP TABLE findings").finally(() => client.end());
    const bin = await pulumiOf(directory, { ...s3, DATABASE_ADMIN_URL: url });
    const passwords = join(directory, "none-yet");
    const { code, stdout, stderr } = await run([...args, "--passwords", passwords], {
      PATH: `${bin}:${process.env["PATH"]}`,
    });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/relation "findings" does not exist\n$/);
  });

  test.each([
    [{}, "Stack mvp does not export DATABASE_ADMIN_URL"],
    [
      { ...s3, DATABASE_ADMIN_URL: "postgres://admin:canary-password@127.0.0.1:9/testfarm" },
      "does not answer here",
    ],
  ])("that exports %j cannot be reached", async (outputs, message) => {
    const bin = await pulumiOf(directory, outputs);
    const { code, stdout, stderr } = await run([...args, "--dry-run"], {
      PATH: `${bin}:${process.env["PATH"]}`,
    });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("canary");
  });
});

test("Ctrl-C ends it, and says that it goes on", async () => {
  const url = await migratedDatabase();
  // It is connected to, and never answers.
  const bucket = createServer().listen(0, "127.0.0.1");
  await once(bucket, "listening");
  atEnd(() => bucket.close());
  const asked = once(bucket, "connection");
  const { port } = bucket.address() as AddressInfo;
  const bin = await pulumiOf(directory, {
    DATABASE_ADMIN_URL: url,
    S3_BUCKET: "screenshots",
    S3_ENDPOINT: `http://127.0.0.1:${port}`,
    S3_FORCE_PATH_STYLE: "true",
  });
  const passwords = join(directory, "passwords");
  const { child, ended } = startImport(
    [file, "--stack", "mvp", "--screenshots", screenshots, "--passwords", passwords],
    {
      PATH: `${bin}:${process.env["PATH"]}`,
      HOME: directory,
      TMPDIR: directory,
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
    },
  );
  await Promise.race([asked, ended]);
  child.kill("SIGINT");
  const { code, stdout, stderr } = await ended;
  expect([code, stdout]).toEqual([130, ""]);
  expect(stderr).toMatch(/Ended\. The same command goes on from here\.\n$/);
  await expect(readFile(passwords)).rejects.toThrow("ENOENT");
});

test("Ctrl-C while it checks says that nothing was written", async () => {
  const misfits = join(directory, "misfits.db");
  const old = tenRows(misfits, screenshots);
  old.run(`
    WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
    INSERT INTO personas SELECT i, '', 'x', 'desktop', ${oldTime} FROM n`);
  old.close();
  const { child, ended } = startImport([misfits, "--dry-run", "--json"], {
    PATH: process.env["PATH"]!,
    HOME: directory,
    TMPDIR: directory,
  });
  await Promise.race([once(child.stdout!, "data"), ended]);
  child.kill("SIGINT");
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(130);
  expect(stderr).toMatch(/Ended\. Nothing was written\.\n$/);
});

test("Ctrl-C when all is done changes nothing of it", async () => {
  const home = await mkdtemp(join(tmpdir(), "testfarm-home-"));
  atEnd(() => rm(home, { recursive: true }));
  const passwords = join(directory, "done");
  const { child, ended } = startImport([file, "--screenshots", screenshots, "--passwords", passwords], {
    PATH: process.env["PATH"]!,
    HOME: directory,
    TMPDIR: directory,
    TESTFARM_HOME: home,
  });
  const done = vi.waitUntil(() => existsSync(passwords), { timeout: 120_000, interval: 2 });
  await Promise.race([done, ended]);
  child.kill("SIGINT");
  const { code, stdout, stderr } = await ended;
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("Each user has a first password");
});
