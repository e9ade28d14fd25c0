import type { Mapping } from "../../../app/db/sqlite/mapping-schema.ts";
import { databaseName, tableNames } from "../../../app/db/sqlite/tables.ts";
import { check, type Found, type Reading, readingOf } from "./check.ts";
import type { Contents } from "./compare.ts";
import { openOldDatabase } from "./open.ts";
import type { Misfits, Problem } from "./problems.ts";
import { refuseStructure } from "./structure.ts";
import type { Target } from "./target.ts";
import { transfer, type TransferOptions } from "./transfer.ts";

export interface ImportOptions extends TransferOptions {
  readonly file: string;
  readonly mapping: Mapping;
  /** Directory that paths of screenshots begin at. */
  readonly screenshots?: string | undefined;
  /** Gets each value that does not fit, as it is found. Default: the first of each column, in the report, are enough. */
  readonly onProblem?: ((problem: Problem) => void) | undefined;
  /** Opens where it goes. Absent: only the file is checked. */
  readonly openTarget?: (() => Promise<Target>) | undefined;
}

/** What came of it. */
export interface Report {
  /** `different`: it was written, and is not what was read. */
  readonly outcome: "checked" | "imported" | "refused" | "different";
  /** Of the file, in hexadecimal digits. */
  readonly sha256: string;
  /** Rows of each old table. */
  readonly old: Readonly<Record<string, number>>;
  /** Rows of each new table, and the sum of their hashes in hexadecimal digits. */
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly hash: string }>>;
  readonly screenshots: Found["screenshots"];
  /** What does not fit. */
  readonly problems: {
    readonly total: number;
    readonly general: readonly string[];
    readonly columns: readonly Misfits[];
  };
  readonly differences: readonly string[];
  /** Whether an earlier run had begun it. */
  readonly isResumed: boolean;
}

/**
 * Checks all of an old database; then, unless it is a dry run, writes it, compares it, and lets its schedules run.
 *
 * @param signal ends it with nothing half written; the next run goes on.
 * @throws {FileRefused} {TargetRefused} {AccessError} when it cannot begin; what `signal` aborts with.
 */
export async function importOldDatabase(options: ImportOptions, signal: AbortSignal): Promise<Report> {
  const old = await openOldDatabase(options.file);
  try {
    const structure = refuseStructure(old, options.mapping);
    if (structure.length > 0)
      return {
        ...nothing,
        sha256: old.sha256,
        problems: { ...nothing.problems, total: structure.length, general: structure },
      };
    const reading = readingOf(old, options.mapping, options.screenshots, options.onProblem);
    const found = await check(reading, options.screen, signal);
    const report = reportOf(reading, found);
    if (report.outcome === "refused" || options.openTarget === undefined) return report;
    const target = await options.openTarget();
    try {
      const done = await transfer(reading, found, target, options, signal);
      if (done === undefined) return report;
      const { differences, expected, isResumed } = done;
      const outcome = differences.length > 0 ? "different" : "imported";
      return { ...report, outcome, differences, isResumed, tables: tablesOf(expected) };
    } finally {
      await target.close();
    }
  } finally {
    await old.close();
  }
}

const nothing: Omit<Report, "sha256"> = {
  outcome: "refused",
  old: {},
  tables: {},
  screenshots: { count: 0, bytes: 0 },
  problems: { total: 0, general: [], columns: [] },
  differences: [],
  isResumed: false,
};

const reportOf = ({ old, problems, readers }: Reading, found: Found): Report => ({
  ...nothing,
  outcome: problems.total() > 0 ? "refused" : "checked",
  sha256: old.sha256,
  old: Object.fromEntries(Object.values(readers).map(({ table, count }) => [table, count])),
  tables: tablesOf(found.contents),
  screenshots: found.screenshots,
  problems: { total: problems.total(), general: problems.general(), columns: problems.list() },
});

const tablesOf = (contents: Contents): Report["tables"] =>
  Object.fromEntries(
    tableNames.map((name) => [
      databaseName(name),
      { rows: contents[name].rows, hash: contents[name].hash.toString(16).padStart(32, "0") },
    ]),
  );
