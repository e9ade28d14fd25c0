import { Writable } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { backupStore } from "../../../../app/backup/store.ts";
import { scheduledTasks } from "../../../../app/backup/tasks.ts";
import type { Manifest } from "../../../../app/backup/make.ts";
import { archiveWal } from "../../../../app/backup/wal/archive.ts";
import { waitingIn } from "../../../../app/backup/wal/directory.ts";
import { segmentAt } from "../../../../app/backup/wal/segments.ts";
import { slotName } from "../../../../app/backup/wal/slot.ts";
import { backupMetrics } from "../../../../app/metrics/backup.ts";
import { createLog } from "../../../../app/telemetry/log.ts";
import { join } from "node:path";
import { atEnd } from "../../../support/at-end.ts";
import {
  archivedDatabase,
  type BackedUp,
  backups,
  dropSlot,
  passphrase,
  query,
} from "../../../support/backups.ts";
import {
  archivedPositions,
  endSegment,
  systemOf,
  temporaryDirectory,
  unsteady,
  whenArchived,
} from "../../../support/recovery.ts";
import { describeWith } from "../../../support/services.ts";

// What it waits for tries again after a while, and a busy machine takes its time.
const patience = { timeout: 100_000, interval: 300 };

await describeWith(backups, "the database's log", ({ programs, bucket }) => {
  let context: BackedUp;
  let directory: string;
  const close: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    context = await archivedDatabase(programs, await bucket());
    directory = await temporaryDirectory();
    // A slot that is made anew begins at the last one.
    await query(context.ownerUrl, "CHECKPOINT");
  }, 300_000);
  afterEach(async () => {
    for (const each of close.splice(0)) await each();
    await dropSlot(context.ownerUrl);
  });

  /** What one process does with it, tells and logs. */
  function archiving({ most = 64, store = context.store } = {}) {
    const lines: string[] = [];
    const write = (text: Buffer, _: unknown, done: () => void) => (lines.push(String(text)), done());
    const log = createLog("backup", "info", new Writable({ write }));
    const metrics = backupMetrics();
    const archive = archiveWal({ ...context, store, directory, most, metrics, log });
    close.push(archive.close);
    return {
      ...archive,
      metrics,
      logger: log,
      log: () => lines.join(""),
      async figure(name: string) {
        const text = await metrics.registry.metrics();
        return Number(new RegExp(`^testfarm_backup_wal_${name} (\\S+)$`, "m").exec(text)?.[1]);
      },
    };
  }

  const waiting = async () => waitingIn(join(directory, await systemOf(context)));
  const slot = async () => {
    const { rows } = await query<{ status: string; user: number | null }>(
      context.ownerUrl,
      `SELECT wal_status AS status, active_pid AS user FROM pg_replication_slots WHERE slot_name = '${slotName}'`,
    );
    return rows[0];
  };
  const isReceived = () => vi.waitFor(async () => expect((await slot())?.user).toBeGreaterThan(0), patience);

  test("comes into the bucket encrypted, segment by segment, and leaves no file", async () => {
    const own = archiving();
    await isReceived();
    await whenArchived(context);
    await whenArchived(context);
    const positions = await archivedPositions(context);
    expect(positions).toEqual(positions.map((_, index) => positions[0]! + index));
    expect(await waiting()).toEqual([]);
    expect(Date.now() / 1000 - (await own.figure("last_archived_timestamp_seconds"))).toBeLessThan(60);
    expect(await own.figure("failures_total")).toBe(0);
    expect(await own.figure("gaps_total")).toBe(0);
    expect(own.covered()).toEqual({ system: await systemOf(context), from: positions[0] });
    const another = backupStore(context.bucket, "another passphrase of 32 characters");
    const read = another.wal.get(await systemOf(context), segmentAt(positions[0]!));
    await expect(read).rejects.toThrow(
      /^BACKUP_PASSPHRASE does not open testfarm\/wal\/\d+\/\w{24}\.gz\.age/,
    );
    another.close();
  }, 90_000);

  test("is received by one process; the next one goes on where it has ended", async () => {
    const first = archiving();
    await vi.waitFor(() => expect(first.covered()).toBeDefined(), patience);
    const second = archiving();
    await whenArchived(context);
    expect(second.covered()).toBeUndefined();
    await first.close();
    await endSegment(context);
    await vi.waitFor(() => expect(second.covered()).toBeDefined(), patience);
    await whenArchived(context);
    const positions = await archivedPositions(context);
    expect(positions).toEqual(positions.map((_, index) => positions[0]! + index));
    expect(second.covered()?.from).toBe(positions[0]);
    expect(await second.figure("gaps_total")).toBe(0);
  }, 90_000);

  test("waits for a bucket that is away, stays at the server once too much waits, and catches up", async () => {
    const { bucket: way, leave, comeBack } = await unsteady(context.bucket);
    const store = backupStore(way, passphrase);
    atEnd(() => store.close());
    const own = archiving({ most: 3, store });
    await isReceived();
    await whenArchived(context);
    await leave();
    for (let segment = 0; segment < 3; segment++) await endSegment(context);
    await vi.waitFor(() => expect(own.log()).toContain("no more is received"), patience);
    await vi.waitFor(async () => expect((await slot())?.user).toBeNull(), patience);
    const received = await waiting();
    expect(received).toHaveLength(3);
    for (let segment = 0; segment < 3; segment++) await endSegment(context);
    await vi.waitFor(async () => expect(await own.figure("failures_total")).toBeGreaterThan(0), patience);
    expect(await waiting()).toEqual(received);
    expect(own.log()).toMatch(/BACKUP_BUCKET\) does not (take|list)/);
    await comeBack();
    await whenArchived(context);
    const positions = await archivedPositions(context);
    expect(positions).toEqual(positions.map((_, index) => positions[0]! + index));
    expect(await own.figure("gaps_total")).toBe(0);
  }, 300_000);

  test("that the server has given up on leaves a hole, which is told, and a copy of the server is made at once", async () => {
    const first = archiving();
    await isReceived();
    await whenArchived(context);
    await first.close();
    await query(context.ownerUrl, "ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'");
    await query(context.ownerUrl, "SELECT pg_reload_conf()");
    await vi.waitFor(async () => {
      await endSegment(context);
      await query(context.ownerUrl, "CHECKPOINT");
      expect((await slot())?.status).toBe("lost");
    }, patience);
    await query(context.ownerUrl, "ALTER SYSTEM RESET max_slot_wal_keep_size");
    await query(context.ownerUrl, "SELECT pg_reload_conf()");

    const own = archiving();
    const schedules = { backup: "30 2 * * *", drill: "30 4 * * 0" };
    const { metrics, logger: log, covered } = own;
    const doWhatIsDue = scheduledTasks({ ...context, schedules, keepDays: 30, metrics, log, covered });
    await vi.waitFor(() => expect(covered()).toBeDefined(), patience);
    expect(await own.figure("gaps_total")).toBe(1);
    expect(own.log()).toContain("the log has a hole");
    // By the schedule it would be due anyway, since there is none.
    const now = new Date();
    await doWhatIsDue(now);
    await doWhatIsDue(new Date(now.getTime() + 15_000));
    const names = (await context.store.list()).map(({ name }) => name);
    expect(names).toHaveLength(1);
    const { base } = await context.store.getManifest<Manifest>(names[0]!);
    expect(base?.system).toBe(await systemOf(context));
    await own.close();

    // Lost once more: the schedule has nothing to say, the hole has.
    await dropSlot(context.ownerUrl);
    for (let segment = 0; segment < 2; segment++) await endSegment(context);
    await query(context.ownerUrl, "CHECKPOINT");
    const next = archiving();
    const due = scheduledTasks({
      ...context,
      schedules,
      keepDays: 30,
      metrics: next.metrics,
      log,
      covered: next.covered,
    });
    await vi.waitFor(() => expect(next.covered()).toBeDefined(), patience);
    await due(new Date(now.getTime() + 30_000));
    expect(await context.store.list()).toHaveLength(2);
    await due(new Date(now.getTime() + 45_000));
    expect(await context.store.list()).toHaveLength(2);
  }, 180_000);
});
