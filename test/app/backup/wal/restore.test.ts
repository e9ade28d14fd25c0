import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { databaseAt } from "../../../../app/backup/connection.ts";
import type { Manifest } from "../../../../app/backup/make.ts";
import { rename } from "../../../../app/backup/swap.ts";
import { positionAt, positionOf, segmentAt } from "../../../../app/backup/wal/segments.ts";
import { atEnd } from "../../../support/at-end.ts";
import {
  accountPassword,
  archivedDatabase,
  type BackedUp,
  backups,
  backupVariables,
  databasesBeside,
  passphrase,
  query,
  schedules,
} from "../../../support/backups.ts";
import { processTree } from "../../../support/processes.ts";
import {
  afterwards,
  archivedPositions,
  endSegment,
  restoreAt,
  systemOf,
  temporaryDirectory,
  unsteady,
  whenArchived,
} from "../../../support/recovery.ts";
import { type RoleProcess, startRole } from "../../../support/role-process.ts";
import { describeWith } from "../../../support/services.ts";

const note = (url: string, text: string) => afterwards(url, `INSERT INTO notes VALUES ('${text}')`);
async function notes(url: string): Promise<string[]> {
  const { rows } = await query<{ text: string }>(url, "SELECT text FROM notes ORDER BY 1");
  return rows.map(({ text }) => text);
}

// One life of a database, told in order: each test goes on where the one before it ended.
await describeWith(backups, "restoring a moment", ({ programs, bucket }) => {
  let context: BackedUp;
  let role: RoleProcess;
  let directory: string;
  const moments: Record<string, string> = {};

  const start = (place: BackedUp["bucket"]) =>
    startRole("backup", {
      ...backupVariables(place, programs),
      ...schedules,
      BACKUP_DATABASE_URL: context.url,
      BACKUP_POINT_IN_TIME: "true",
      BACKUP_DIR: directory,
    });
  const base = async () => {
    const [first] = await context.store.list();
    return first?.isWhole ? (await context.store.getManifest<Manifest>(first.name)).base : undefined;
  };
  /** Drops what was kept, so that only what the next restore leaves is there. */
  async function dropKept(): Promise<void> {
    for (const name of await databasesBeside(context.ownerUrl))
      await query(context.ownerUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  }

  beforeAll(async () => {
    context = await archivedDatabase(programs, await bucket());
    directory = await temporaryDirectory();
    atEnd(dropKept);
    await query(context.ownerUrl, "CREATE TABLE notes (text text PRIMARY KEY)");
    moments["before the copy"] = await note(context.ownerUrl, "before the copy");
    role = await start(context.bucket);
    await vi.waitUntil(async () => (await base()) !== undefined, { timeout: 60_000, interval: 500 });
    for (const text of ["first", "second", "third"]) moments[text] = await note(context.ownerUrl, text);
    moments["dropped"] = await afterwards(context.ownerUrl, "DROP TABLE notes");
    await whenArchived(context);
  }, 180_000);
  afterAll(async () => {
    for (const pid of await processTree(role.pid)) process.kill(pid, "SIGKILL");
  });

  test("serves what had been committed by then, and nothing later, though its table was dropped by accident", async () => {
    const said = await restoreAt(context, moments["second"]!);
    expect(await notes(context.ownerUrl)).toEqual(["before the copy", "first", "second"]);
    const [kept = "", ...more] = await databasesBeside(context.ownerUrl);
    expect(more).toEqual([]);
    await expect(notes(databaseAt(context.ownerUrl, kept))).rejects.toThrow(/"notes" does not exist/);
    expect(said).toContainEqual(expect.stringMatching(/^\d+ tables with \d+ rows are as they were\.$/));
    expect(said.at(-2)).toBe(`  to serve it again:  --back ${kept}`);
    for (const secret of [passphrase, accountPassword, context.bucket.credentials.secretAccessKey])
      expect(role.log() + role.errors() + said.join()).not.toContain(secret);
    await dropKept();
  }, 120_000);

  test("goes on from there: a moment before is there again, and one after it", async () => {
    moments["afterwards"] = await note(context.ownerUrl, "afterwards");
    await query(context.ownerUrl, "DELETE FROM notes");
    await whenArchived(context);
    await restoreAt(context, moments["third"]!);
    expect(await notes(context.ownerUrl)).toEqual(["before the copy", "first", "second", "third"]);
    await restoreAt(context, moments["afterwards"]);
    expect(await notes(context.ownerUrl)).toEqual(["afterwards", "before the copy", "first", "second"]);
    await dropKept();
  }, 180_000);

  test("misses nothing when the role was killed between receiving and uploading", async () => {
    const way = await unsteady(context.bucket);
    await role.end();
    role = await start(way.bucket);
    await whenArchived(context);
    await way.leave();
    moments["killed"] = await note(context.ownerUrl, "killed");
    const received = await endSegment(context);
    await vi.waitFor(async () => expect((await metricsOf(role))["wal_waiting_segments"]).toBeGreaterThan(0), {
      timeout: 30_000,
      interval: 300,
    });
    for (const pid of await processTree(role.pid)) process.kill(pid, "SIGKILL");
    await query(context.ownerUrl, "DELETE FROM notes");
    expect(await archivedPositions(context)).not.toContain(received);
    role = await start(context.bucket);
    await whenArchived(context);
    const positions = await archivedPositions(context);
    expect(positions).toEqual(positions.map((_, index) => positions[0]! + index));
    expect((await metricsOf(role))["wal_gaps_total"]).toBe(0);
    await restoreAt(context, moments["killed"]);
    expect(await notes(context.ownerUrl)).toContain("killed");
    await dropKept();
  }, 180_000);

  const served = () => notes(context.ownerUrl);

  test.each([
    ["tomorrow", () => "tomorrow", /^--at "tomorrow" is no moment/],
    ["what is to come", () => "2999-01-01T00:00:00Z", /^--at 2999-01-01T00:00:00Z is in the future/],
    [
      "what was before the first copy",
      () => moments["before the copy"]!,
      /^The first moment that can be restored is \d{4}-/,
    ],
    [
      "what is not in the bucket yet",
      () => afterwards(context.ownerUrl, "SELECT 1"),
      /^The database's log of that moment is not in the bucket yet/,
    ],
  ])(
    "leaves what is served as it is when asked for %s",
    async (_, at, problem) => {
      const before = await served();
      await expect(restoreAt(context, await at())).rejects.toThrow(problem);
      expect(await served()).toEqual(before);
      expect(await databasesBeside(context.ownerUrl)).toEqual([]);
    },
    90_000,
  );

  test("leaves what is served as it is when the database did not exist then", async () => {
    const { ownerUrl } = context;
    const name = new URL(ownerUrl).pathname.slice(1);
    const server = databaseAt(ownerUrl, "postgres");
    await rename(server, [[name, `${name}_away`]]);
    const at = await afterwards(server, "SELECT pg_logical_emit_message(true, 'test', '')");
    await rename(server, [[`${name}_away`, name]]);
    await whenArchived(context);
    await expect(restoreAt(context, at)).rejects.toThrow(`There was no database ${name} at ${at}.`);
    expect(await databasesBeside(ownerUrl)).toEqual([]);
  }, 120_000);

  test("leaves what is served as it is when the log has a hole before that moment, and names it", async () => {
    const before = await note(context.ownerUrl, "before the hole");
    await whenArchived(context);
    const missing = await endSegment(context);
    const after = await note(context.ownerUrl, "after the hole");
    await whenArchived(context);
    const system = await systemOf(context);
    await context.store.wal.remove(system, segmentAt(missing));
    const content = await served();
    await expect(restoreAt(context, after)).rejects.toThrow(
      `The database's log has a hole before that moment: ${segmentAt(missing)} is missing in the bucket.`,
    );
    expect(await served()).toEqual(content);
    expect(await databasesBeside(context.ownerUrl)).toEqual([]);
    // What is before it can still be restored.
    await restoreAt(context, before);
    expect(await served()).toContain("before the hole");
  }, 180_000);

  test("needs the log from where the copy was begun only", async () => {
    const first = positionAt((await base())!.from);
    const system = await systemOf(context);
    for (const { name } of await context.store.wal.list(system))
      if (positionOf(name) < first) await context.store.wal.remove(system, name);
    await restoreAt(context, moments["first"]!);
    expect(await served()).toEqual(["before the copy", "first"]);
  }, 120_000);
});

async function metricsOf({ url }: RoleProcess): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Object.fromEntries(
    [...text.matchAll(/^testfarm_backup_(\S+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]),
  );
}
