import { Writable } from "node:stream";
import { beforeAll, expect, test } from "vitest";
import { withLock } from "../../../app/backup/connection.ts";
import { type Context } from "../../../app/backup/make.ts";
import { backupStore } from "../../../app/backup/store.ts";
import { lastDue, lock, scheduledTasks } from "../../../app/backup/tasks.ts";
import { freePort } from "../../../app/embedded/port.ts";
import { backupMetrics } from "../../../app/metrics/backup.ts";
import { createLog } from "../../../app/telemetry/log.ts";
import { type BackedUp, backedUpDatabase, backups, passphrase } from "../../support/backups.ts";
import { describeWith } from "../../support/services.ts";

const nightly = "30 2 * * *";
const sundays = "30 4 * * 0";

test.each([
  [nightly, "2026-11-25T02:30:01Z", "2026-11-25T02:30:00Z"],
  [nightly, "2026-11-25T02:29:59Z", "2026-11-24T02:30:00Z"],
  [sundays, "2026-11-25T12:00:00Z", "2026-11-22T04:30:00Z"],
])("by %s it was due at %s last at %s", (schedule, now, due) => {
  expect(lastDue(schedule, new Date(now))).toEqual(new Date(due));
});

/** What one process does, tells and logs. */
function processOf(context: Context, other: { readonly drill?: string } = {}) {
  const metrics = backupMetrics();
  const lines: string[] = [];
  const write = (text: Buffer, _: unknown, done: () => void) => (lines.push(String(text)), done());
  const log = createLog("backup", "info", new Writable({ write }));
  const schedules = { backup: nightly, drill: sundays, ...other };
  const doWhatIsDue = scheduledTasks({ ...context, schedules, keepDays: 30, metrics, log });
  return {
    at: (time: string) => doWhatIsDue(new Date(time)),
    log: () => lines.join(""),
    async metrics() {
      const text = await metrics.registry.metrics();
      return Object.fromEntries(
        [...text.matchAll(/^testfarm_backup_(\S+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]),
      );
    },
  };
}

const names = async ({ store }: Context) => (await store.list()).map(({ name }) => name);

await describeWith(backups, "the scheduled tasks", ({ programs, bucket }) => {
  let context: BackedUp;
  beforeAll(async () => {
    context = await backedUpDatabase(programs, await bucket());
  }, 120_000);

  test("make what was missed at the start, once, and then what is due", async () => {
    const own = processOf(context);
    await own.at("2026-11-25T12:00:00Z");
    await own.at("2026-11-25T12:00:15Z");
    await own.at("2026-11-26T02:29:00Z");
    expect(await names(context)).toEqual(["2026-11-25T12-00-00Z"]);
    expect(own.log().match(/backup restored and compared/g)).toHaveLength(1);
    await own.at("2026-11-26T02:30:05Z");
    expect(await names(context)).toEqual(["2026-11-25T12-00-00Z", "2026-11-26T02-30-05Z"]);
    expect(await own.metrics()).toMatchObject({
      'last_outcome{task="backup"}': 1,
      'last_outcome{task="drill"}': 1,
    });
  }, 60_000);

  test("a process that is started again knows from the bucket what was done", async () => {
    const before = await processOf(context).metrics();
    expect(before['last_success_timestamp_seconds{task="backup"}']).toBe(0);
    const own = processOf(context);
    await own.at("2026-11-26T12:00:00Z");
    expect(await names(context)).toHaveLength(2);
    const known = await own.metrics();
    expect(known).toMatchObject({
      'last_success_timestamp_seconds{task="backup"}': Date.parse("2026-11-26T02:30:05Z") / 1000,
      'last_success_timestamp_seconds{task="drill"}': Date.parse("2026-11-25T12:00:00Z") / 1000,
      'last_outcome{task="backup"}': 1,
      'last_outcome{task="drill"}': 1,
      size_bytes: (await context.store.list()).at(-1)!.bytes,
    });
    expect(known['duration_seconds{task="drill"}']).toBeGreaterThan(0);
    expect(known["drill_tables"]).toBeGreaterThan(10);
    expect(known["drill_rows"]).toBeGreaterThan(0);
  }, 60_000);

  test("of two processes one makes it, and the other finds it done", async () => {
    const [one, other] = [processOf(context), processOf(context)];
    const due = "2026-11-27T02:31:00Z";
    await Promise.all([one.at(due), other.at(due)]);
    await Promise.all([one.at(due), other.at(due)]);
    expect((await names(context)).filter((name) => name.startsWith("2026-11-27"))).toHaveLength(1);
    expect(`${one.log()}${other.log()}`.match(/backup made/g)).toHaveLength(1);
  }, 60_000);

  test("nothing is made while another process is at it", async () => {
    const own = processOf(context);
    const before = await names(context);
    await withLock(context.url, lock, () => own.at("2026-11-28T02:31:00Z"));
    expect(await names(context)).toEqual(before);
    expect(own.log()).toBe("");
  });

  test("what fails is told, and tried again after an hour", async () => {
    const away = `http://127.0.0.1:${await freePort()}`;
    const store = backupStore({ ...context.bucket, endpoint: away }, passphrase);
    const own = processOf({ ...context, store });
    await own.at("2026-11-29T02:31:00Z");
    await own.at("2026-11-29T03:30:00Z");
    expect(own.log().match(/"task":"backup"/g)).toHaveLength(1);
    expect(own.log()).toMatch(/BACKUP_BUCKET\) does not list its objects: connect ECONNREFUSED/);
    expect((await own.metrics())['last_outcome{task="backup"}']).toBe(0);
    await own.at("2026-11-29T03:31:00Z");
    expect(own.log().match(/"task":"backup"/g)).toHaveLength(2);
    store.close();
  });

  test("a drill that finds a difference counts as failed, and says the table and no value", async () => {
    const newest = (await names(context)).at(-1)!;
    const manifest = await context.store.getManifest<{ tables: { table: string; hash: string }[] }>(newest);
    const tables = manifest.tables.map((each) =>
      each.table === "public.users" ? { ...each, hash: "4711" } : each,
    );
    await context.store.putManifest(newest, { ...manifest, tables });
    const own = processOf(context, { drill: "0 3 * * *" });
    await own.at("2026-11-27T03:00:05Z");
    expect(own.log()).toContain("- public.users has other content in its 0 rows");
    expect(await own.metrics()).toMatchObject({
      'last_outcome{task="backup"}': 1,
      'last_outcome{task="drill"}': 0,
      'last_success_timestamp_seconds{task="drill"}': Date.parse("2026-11-25T12:00:00Z") / 1000,
    });
    await context.store.putManifest(newest, manifest);
  }, 60_000);

  test("backups that another passphrase has made are no backups: a new one is made, with a warning", async () => {
    const store = backupStore(context.bucket, "another passphrase of 32 characters");
    const own = processOf({ ...context, store });
    await own.at("2026-11-28T02:00:00Z");
    expect(own.log()).toContain("the newest backup cannot be read");
    expect(own.log()).toContain("backup made");
    store.close();
  }, 60_000);
});
