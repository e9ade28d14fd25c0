import { Gauge, Registry } from "prom-client";

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
