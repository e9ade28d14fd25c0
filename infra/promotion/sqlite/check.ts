import { setImmediate } from "node:timers/promises";
import type { Mapping } from "../../../app/db/sqlite/mapping-schema.ts";
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
        if (row.table === "members" && row.values.role === "owner") owners += 1;
      }
      stage.rows(item.oldRows);
    }
  }
  checkRelations(reading, readers, problems);
  if (owners === 0)
    problems.addGeneral(
      `${readers.users.table}: no user becomes an owner, and somebody has to be. Say in the mapping which role does, such as "choices": { "admin": "owner" }`,
    );
  stage.end();
  // The time of the import is in it.
  const organizations = { rows: 1, hash: 0n };
  return { contents: { ...sums.contents(), organizations }, screenshots };
}
