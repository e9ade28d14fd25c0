import { Counter, Gauge, Registry } from "prom-client";

/** What the role does by its schedules. */
export const backupTasks = ["backup", "drill"] as const;
export type BackupTask = (typeof backupTasks)[number];

export interface BackupMetrics {
  readonly registry: Registry;
  succeeded(task: BackupTask, run: { readonly at: Date; readonly seconds: number }): void;
  failed(task: BackupTask): void;
  /** Size of the newest backup. */
  size(bytes: number): void;
  /** What the last drill that went well has compared. */
  compared(found: { readonly tables: number; readonly rows: number }): void;
  /** The database's log on its way into the bucket. */
  readonly wal: WalMetrics;
}

interface WalMetrics {
  /** A segment has come into the bucket. */
  archived(at: Date): void;
  /** How many segments wait for the bucket. */
  waiting(segments: number): void;
  failed(): void;
  /** Segments are missing, and can be had nowhere any more. */
  gap(): void;
}

/** Figures of the database's log, for a role that keeps it. */
function walMetrics(registers: Registry[]): WalMetrics {
  const archived = new Gauge({
    name: "testfarm_backup_wal_last_archived_timestamp_seconds",
    help: "When the last segment of the database's log came into the bucket; 0: never.",
    registers,
  });
  const waiting = new Gauge({
    name: "testfarm_backup_wal_waiting_segments",
    help: "Segments of the database's log that wait for the bucket.",
    registers,
  });
  const failures = new Counter({
    name: "testfarm_backup_wal_failures_total",
    help: "How often the database's log could not be received, or not be put into the bucket.",
    registers,
  });
  const gaps = new Counter({
    name: "testfarm_backup_wal_gaps_total",
    help: "Holes in the database's log that were found: what is in them cannot be restored.",
    registers,
  });
  return {
    archived: (at) => archived.set(at.getTime() / 1000),
    waiting: (segments) => waiting.set(segments),
    failed: () => failures.inc(),
    gap: () => gaps.inc(),
  };
}

/** What the role `backup` tells. Nothing has ever gone well until somebody says so. */
export function backupMetrics(): BackupMetrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `testfarm_backup_${name}`, help, registers });
  const byTask = (name: string, help: string) =>
    new Gauge({ name: `testfarm_backup_${name}`, help, labelNames: ["task"], registers });
  const successes = byTask(
    "last_success_timestamp_seconds",
    "When the newest backup was begun, and the last drill that went well; 0: never.",
  );
  const outcomes = byTask(
    "last_outcome",
    "Whether the last one went well: 1, or 0 when it failed or there was none.",
  );
  const durations = byTask("duration_seconds", "How long the last one took that went well.");
  const bytes = gauge("size_bytes", "Size of the newest backup, encrypted.");
  const tables = gauge("drill_tables", "Tables that the last drill found as they were backed up.");
  const rows = gauge("drill_rows", "Rows that the last drill found as they were backed up.");
  for (const task of backupTasks) for (const each of [successes, outcomes, durations]) each.set({ task }, 0);
  return {
    registry,
    wal: walMetrics(registers),
    succeeded(task, { at, seconds }) {
      successes.set({ task }, at.getTime() / 1000);
      outcomes.set({ task }, 1);
      durations.set({ task }, seconds);
    },
    failed: (task) => outcomes.set({ task }, 0),
    size: (number) => bytes.set(number),
    compared(found) {
      tables.set(found.tables);
      rows.set(found.rows);
    },
  };
}
