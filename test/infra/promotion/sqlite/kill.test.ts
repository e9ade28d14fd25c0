import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { expect, test, vi } from "vitest";
import { storages } from "../../../../app/storage/index.ts";
import { atOnce } from "../../../../infra/promotion/at-once.ts";
import type { Report } from "../../../../infra/promotion/sqlite/import.ts";
import { atEnd } from "../../../support/at-end.ts";
import { manyRows, nasty, pngOf } from "../../../support/old-product.ts";
import { migratedDatabase } from "../../../support/postgres.ts";
import { s3, type TestBucket } from "../../../support/s3.ts";
import { describeWith } from "../../../support/services.ts";
import { pulumiOf, startImport } from "./command.ts";

// Both take a minute on two cores that are idle: each process reads all rows before it writes any.
const patience = 20 * 60_000;
vi.setConfig({ testTimeout: patience });

/** Of a process that goes through to the end, in megabytes: Node and what it loads are 130 of them, its heap is at most 100. */
const mostMemory = 230;

/** Numbers of the actions whose steps are as `manyRows` has made them, said in PostgreSQL's words, and their screenshots. */
const stepsAsMade = `
  SELECT n, payload ->> 'screenshot' AS screenshot
  FROM session_events, LATERAL (SELECT substring(payload ->> 'description' FROM '^Click (\\d+) ')::int AS n) AS made
  WHERE type = 'step' AND payload ->> 'description' = 'Click ' || n || ' ' || $1
    AND payload -> 'action' = jsonb_build_object('kind', 'click', 'ref', 'e' || n)
    AND payload ->> 'reasoning' = CASE WHEN n % 2 = 0 THEN 'Because it is there.' ELSE '' END
    AND (payload ->> 'tokens')::int IS NOT DISTINCT FROM CASE WHEN n % 5 = 0 THEN n END
    AND payload ->> 'url' = 'https://shop.example/' || n AND (payload ->> 'milliseconds')::int = n % 10000
    AND (payload ->> 'screenshot' IS NOT NULL) = (n % 100 = 0)`;

const outputsOf = (databaseUrl: string, { name, endpoint, region, credentials }: TestBucket) => ({
  DATABASE_ADMIN_URL: databaseUrl,
  S3_BUCKET: name,
  S3_ENDPOINT: endpoint,
  S3_REGION: region,
  S3_FORCE_PATH_STYLE: "true",
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

/** What `manyRows` makes of so many rows. */
function made(rows: number) {
  const [sessions, findings] = [rows / 10, rows / 20];
  const actions = rows - sessions - findings - 330;
  return {
    sessions,
    actions,
    screenshots: Math.floor(actions / 100),
    tables: {
      organizations: 1,
      users: 100,
      members: 100,
      personas: 20,
      schedules: 10,
      sessions,
      session_events: actions + findings + 2 * sessions,
      findings,
    },
  };
}

/** A file of so many rows, and an empty stack with a bucket that they go to. */
async function begin(rows: number, bucket: TestBucket) {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-killed-"));
  atEnd(() => rm(directory, { recursive: true }));
  const url = await migratedDatabase();
  const bin = await pulumiOf(directory, outputsOf(url, bucket));
  const temporary = await mkdtemp(join(directory, "temporary-"));
  const env = { PATH: `${bin}:${process.env["PATH"]}`, HOME: directory, TMPDIR: temporary };
  const file = join(directory, "old.db");
  manyRows(file, rows);
  const passwords = join(directory, "passwords");
  const client = new Client({ connectionString: url });
  await client.connect();
  atEnd(() => client.end());
  const one = async (statement: string) => Object.values((await client.query(statement)).rows[0]!)[0];
  const expected = made(rows);
  return {
    start: () => startImport([file, "--stack", "validation", "--passwords", passwords, "--json"], env),
    hasPasswords: async () => (await readdir(directory)).includes("passwords"),
    /** Parts that are written, and the share of the sessions. */
    async position() {
      if ((await one("SELECT to_regclass('import_sqlite.run')")) === null) return -1;
      const { part, row } = (await client.query("SELECT part, row::bigint FROM import_sqlite.run")).rows[0];
      return part + (part === 4 ? Math.max(0, Number(row)) / (3 * expected.sessions) : 0);
    },
    /** Looks whether each row and each screenshot is there once, and as it was. */
    async compare(report: Report) {
      expect(report).toMatchObject({ outcome: "imported", differences: [] });
      const counts = Object.entries(report.tables).map(([name, content]) => [name, content.rows]);
      expect(Object.fromEntries(counts)).toEqual(expected.tables);
      for (const [table, count] of Object.entries(expected.tables))
        expect(await one(`SELECT count(*)::int FROM ${table}`)).toBe(count);
      expect(
        await one(`SELECT count(*)::int FROM sessions WHERE last_seq <> (
          SELECT count(*) FROM session_events AS own WHERE own.session_id = sessions.id AND own.seq <= last_seq)`),
      ).toBe(0);
      expect(await one("SELECT count(*)::int FROM accounts")).toBe(100);
      const { rows: steps } = await client.query<{ n: number; screenshot: string | null }>(stepsAsMade, [
        nasty,
      ]);
      expect(new Set(steps.map(({ n }) => n)).size).toBe(expected.actions);
      const shown = steps.filter(({ screenshot }) => screenshot !== null);
      expect([shown.length, report.screenshots.count]).toEqual([expected.screenshots, expected.screenshots]);
      const store = await storages.s3(bucket);
      const keys: string[] = [];
      for await (const { key } of store.list("org/")) keys.push(key);
      expect(keys.toSorted()).toEqual(shown.map(({ screenshot }) => screenshot).toSorted());
      await atOnce(shown, { jobs: 8 }, async ({ n, screenshot }) => {
        const body = await store.get(screenshot!);
        expect(Buffer.from(body!).equals(pngOf(`action ${n}`)), screenshot!).toBe(true);
      });
      // Kills leave empty directories, and no copy of the file.
      const left = await readdir(temporary, { recursive: true });
      expect(left.filter((name) => name.endsWith(".db"))).toEqual([]);
      console.log(`compared: ${steps.length} steps, ${shown.length} screenshots`);
    },
  };
}

await describeWith(s3, "the rows of an old database", (openBucket) => {
  test("are imported by a command that is killed at six places, each once and as they were", async () => {
    const { start, position, hasPasswords, compare } = await begin(20_000, await openBucket());
    for (const place of [0, 3, 4.1, 4.4, 4.8, 5]) {
      const { child, ended } = start();
      const over = ended.then(({ stderr }) =>
        Promise.reject(new Error(`It ended before ${place}:\n${stderr}`)),
      );
      over.catch(() => undefined);
      const reached = vi.waitUntil(async () => (await position()) >= place, {
        timeout: patience,
        interval: 20,
      });
      await Promise.race([reached, over]);
      child.kill("SIGKILL");
      expect((await ended).code).toBeNull();
      expect(await hasPasswords()).toBe(false);
      console.log(`killed at ${(await position()).toFixed(2)}, asked for at ${place}`);
    }
    const { code, stdout, stderr } = await start().ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("of 20,000 rows (100 %)");
    const report = JSON.parse(stdout) as Report;
    expect(report.isResumed).toBe(true);
    await compare(report);
  });

  test("are as they were when there are 200,000, and take no more memory than they may", async () => {
    const { start, compare } = await begin(200_000, await openBucket());
    const began = performance.now();
    const { code, stdout, stderr, megabytes } = await start().ended;
    expect(code, stderr).toBe(0);
    const seconds = (performance.now() - began) / 1_000;
    console.log(`200,000 rows in ${seconds.toFixed(0)} s with ${megabytes.toFixed(0)} MB\n${stderr}`);
    await compare(JSON.parse(stdout) as Report);
    expect(megabytes).toBeLessThanOrEqual(mostMemory);
  });
});
