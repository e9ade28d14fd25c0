import { setImmediate } from "node:timers/promises";
import type { Entity } from "../../../app/db/sqlite/entities.ts";
import type { Mapping } from "../../../app/db/sqlite/mapping-schema.ts";
import type { NewRow } from "../../../app/db/sqlite/tables.ts";
import { type Contents, sumContents } from "./compare.ts";
import { organizationId } from "./ledger.ts";
import type { OldDatabase } from "./open.ts";
import { beginning, type Part, partsOf, type Readers, readersOf, type Source } from "./parts.ts";
import { collectProblems, type Problem, type Problems } from "./problems.ts";
import { beginStage, type Screen } from "./progress.ts";
import { checkRelations } from "./relations.ts";

/** An old database that is read by a mapping, as often as it takes. */
export interface Reading extends Source {
  readonly readers: Readers;
  readonly parts: readonly Part[];
  /** Gets what does not fit, each time that it is read. */
  readonly problems: Problems;
  /** Rows of the old database. */
  readonly total: number;
}

/**
 * @param screenshots where paths of screenshots begin.
 * @param onProblem gets each value that does not fit.
 */
export function readingOf(
  old: OldDatabase,
  mapping: Mapping,
  screenshots: string | undefined,
  onProblem?: (problem: Problem) => void,
): Reading {
  const source = { old, mapping, screenshots, orgId: organizationId(old.sha256) };
  const problems = collectProblems(onProblem);
  const readers = readersOf(source, problems);
  const total = Object.values(readers).reduce((sum, { count }) => sum + count, 0);
  return { ...source, problems, readers, parts: partsOf(source, readers), total };
}

/** What the new database is to hold. */
export interface Found {
  readonly contents: Contents;
  readonly screenshots: { readonly count: number; readonly bytes: number };
}

/** Reads everything, as it will be written. */
export async function check(reading: Reading, screen: Screen, signal: AbortSignal): Promise<Found> {
  const { parts, problems, readers, total } = reading;
  const stage = beginStage(screen, "Checked", total);
  const sums = sumContents();
  const screenshots = { count: 0, bytes: 0 };
  const imported = {
    users: 0,
    personas: 0,
    objectives: 0,
    schedules: 0,
    sessions: 0,
    actions: 0,
    findings: 0,
  };
  let [owners, items] = [0, 0];
  for (const part of parts) {
    for (const item of part.items(beginning)) {
      // Ctrl-C is to be heard.
      if (++items % 500 === 0) await setImmediate();
      signal.throwIfAborted();
      if (item.type === "picture") {
        screenshots.count += 1;
        screenshots.bytes += item.bytes.length;
        stage.pictures(1);
        continue;
      }
      for (const row of item.rows) {
        sums.add(row);
        const entity = originOf(row);
        if (entity !== undefined) imported[entity] += 1;
        if (row.table === "members" && row.values.role === "owner") owners += 1;
      }
      if (part.name === "objectives") imported.objectives += item.oldRows;
      stage.rows(item.oldRows);
    }
  }
  checkRelations(reading, readers, problems);
  if (owners === 0)
    problems.addGeneral(
      `${readers.users.table}: no user becomes an owner, and somebody has to be. Say in the mapping which role does, such as "choices": { "admin": "owner" }`,
    );
  if (problems.total() === 0) checkComplete(readers, imported, problems);
  stage.end();
  // The time of the import is in it.
  const organizations = { rows: 1, hash: 0n };
  return { contents: { ...sums.contents(), organizations }, screenshots };
}

/** What an old row is of that becomes this one, and no other. Objectives become none. */
function originOf({ table, values }: NewRow): Entity | undefined {
  if (table === "sessionEvents") return values.type === "step" ? "actions" : undefined;
  return table === "organizations" || table === "members" ? undefined : table;
}

/** Where nothing is refused, nothing may be left out. */
function checkComplete(
  readers: Readers,
  imported: Readonly<Record<Entity, number>>,
  problems: Problems,
): void {
  for (const [entity, { table, count }] of Object.entries(readers)) {
    const is = imported[entity as Entity];
    if (is === count) continue;
    problems.addGeneral(
      `${table}: ${is} of its ${count} rows would be imported, though all fit. A row with the lowest number that SQLite has (_rowid_ ${beginning}) needs another one; whatever else it is, is a fault of the import: report it`,
    );
  }
}
