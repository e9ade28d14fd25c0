import { CronExpressionParser } from "cron-parser";
import type { Client } from "pg";
import type { Logger } from "pino";
import { type BackupMetrics, type BackupTask, backupTasks } from "../metrics/backup.ts";
import { withLock } from "./connection.ts";
import { drill, type Drilled } from "./drill.ts";
import { type Context, makeBackup, type Manifest } from "./make.ts";
import { prune } from "./retention.ts";
import { timeOf } from "./store.ts";
import type { Covered } from "./wal/archive.ts";
import type { Base } from "./wal/base.ts";
import { positionAt } from "./wal/segments.ts";

/** `TFbk`: any number that no other advisory lock of the application uses. */
export const lock = 0x5446626b;
/** After something has failed. Milliseconds. */
const retryAfter = 60 * 60 * 1000;
/** What was found by the last drill that went well, in the bucket. */
const drillNote = "drill";

interface Options extends Context {
  /** Five fields of cron, in UTC. */
  readonly schedules: Readonly<Record<BackupTask, string>>;
  readonly keepDays: number;
  readonly metrics: BackupMetrics;
  readonly log: Logger;
  /** What is kept of the database's log; `undefined` where nobody knows. Default: nobody does. */
  readonly covered?: () => Covered | undefined;
}

/** When it was last to be done. @throws when the schedule is none. */
export const lastDue = (schedule: string, now: Date): Date =>
  CronExpressionParser.parse(schedule, { tz: "UTC", currentDate: now }).prev().toDate();

/**
 * Makes backups and drills when they are due. What was missed while nobody was there is made up for by one, what has
 * failed is tried again after an hour. Any number of processes may do it: one works, and the others find it done.
 */
export function scheduledTasks(options: Options) {
  const { url, store, schedules, keepDays, metrics, log, signal } = options;
  const done: Partial<Record<BackupTask, Date>> = {};
  const retryAt: Partial<Record<BackupTask, Date>> = {};
  /** Of the newest backup. */
  let base: Base | undefined;
  const isDue = (task: BackupTask, now: Date) =>
    (done[task]?.getTime() ?? 0) < lastDue(schedules[task], now).getTime() ||
    (task === "backup" && isBaseDue(options.covered?.(), base));

  const recall = {
    async backup() {
      const newest = (await store.list()).findLast(({ isWhole }) => isWhole);
      if (newest === undefined) return;
      try {
        backedUp(newest.name, await store.getManifest<Manifest>(newest.name));
      } catch (err) {
        log.warn({ err, backup: newest.name }, "the newest backup cannot be read");
      }
    },
    async drill() {
      const note = await store.getNote<Drilled>(drillNote);
      if (note !== undefined) drilled(note);
    },
  };

  const work = {
    async backup(client: Client, now: Date) {
      const { name, ...manifest } = await makeBackup(options, client, now);
      backedUp(name, manifest);
      const { bytes, seconds, tables } = manifest;
      log.info({ backup: name, bytes, seconds, tables: tables.length }, "backup made");
      try {
        for (const removed of await prune(store, keepDays, now))
          log.info({ backup: removed }, "backup removed");
      } catch (err) {
        log.error({ err }, "old backups could not be removed");
      }
    },
    async drill(client: Client, now: Date) {
      const result = await drill(options, client, now);
      await store.putNote(drillNote, result);
      drilled(result);
      const { name, tables, rows, seconds } = result;
      log.info({ backup: name, tables, rows, seconds }, "backup restored and compared");
    },
  };

  function backedUp(name: string, manifest: Manifest): void {
    const { seconds, bytes } = manifest;
    const at = timeOf(name);
    done.backup = at;
    base = manifest.base;
    metrics.succeeded("backup", { at, seconds });
    metrics.size(bytes);
  }

  function drilled({ at, seconds, tables, rows }: Drilled): void {
    done.drill = new Date(at);
    metrics.succeeded("drill", { at: new Date(at), seconds });
    metrics.compared({ tables, rows });
  }

  async function attempt(task: BackupTask, now: Date): Promise<void> {
    try {
      await withLock(url, lock, async (client) => {
        // Another process may have done it, or this one before it was started again.
        await recall[task]();
        if (isDue(task, now)) await work[task](client, now);
      });
    } catch (err) {
      if (signal?.aborted) return void log.info({ task }, "ended before it was done");
      retryAt[task] = new Date(now.getTime() + retryAfter);
      metrics.failed(task);
      log.error({ err, task, retryAt: retryAt[task] }, "failed");
    }
  }

  /** Does what is due. Never twice at the same time in one process. */
  return async function doWhatIsDue(now: Date): Promise<void> {
    for (const task of backupTasks) {
      if (signal?.aborted) return;
      if (isDue(task, now) && now >= (retryAt[task] ?? now)) await attempt(task, now);
    }
  };
}

/** Whether the log leads from the newest copy of the server's files nowhere: there is none, or a hole behind it. */
const isBaseDue = (covered: Covered | undefined, base: Base | undefined): boolean =>
  covered !== undefined && (base?.system !== covered.system || positionAt(base.from) < covered.from);
