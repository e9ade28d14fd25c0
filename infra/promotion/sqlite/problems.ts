import type { Cell } from "../../../app/db/sqlite/conversions.ts";

/** Where in the old database something does not fit, and how. */
export interface Problem {
  readonly table: string;
  /** SQLite's own number of the row. */
  readonly row: string;
  readonly column: string;
  /** As it may be shown; long ones are cut. */
  readonly value: string;
  readonly problem: string;
}

/** What does not fit: the first of each column, and how many there are. */
export interface Misfits {
  readonly column: string;
  readonly total: number;
  readonly first: readonly Problem[];
}

/** How many of a column are kept to be shown. */
const shown = 100;
/** Characters of a value. */
const longest = 60;

export interface Problems {
  add(place: Omit<Problem, "value">, cell: Cell): void;
  /** Something that is nobody's row: `users: none is an owner`. */
  addGeneral(problem: string): void;
  total(): number;
  list(): readonly Misfits[];
  general(): readonly string[];
}

/** @param hear gets each, as it is found: there may be more than memory has room for. Default: those of a column are enough. */
export function collectProblems(hear?: (problem: Problem) => void): Problems {
  const byColumn = new Map<string, { total: number; first: Problem[] }>();
  const general: string[] = [];
  return {
    add(place, cell) {
      const column = `${place.table}.${place.column}`;
      const found = byColumn.get(column) ?? { total: 0, first: [] };
      byColumn.set(column, found);
      found.total += 1;
      if (hear === undefined && found.first.length >= shown) return;
      const problem = { ...place, value: describe(cell) };
      hear?.(problem);
      if (found.first.length < shown) found.first.push(problem);
    },
    addGeneral: (problem) => general.push(problem),
    total: () => [...byColumn.values()].reduce((sum, { total }) => sum + total, general.length),
    list: () => [...byColumn].map(([column, found]) => ({ column, ...found })),
    general: () => general,
  };
}

function describe(cell: Cell): string {
  switch (cell.type) {
    case "null":
      return "NULL";
    case "integer":
    case "real":
      return String(cell.value);
    case "blob":
      return `a blob of ${cell.value.length} bytes`;
    case "too long":
      return `a value of ${cell.value} bytes`;
    case "broken text":
      return `a text of ${cell.value.length} bytes, X'${Buffer.from(cell.value).toString("hex", 0, 20)}'`;
    case "text":
      return cell.value.length <= longest
        ? JSON.stringify(cell.value)
        : `${JSON.stringify(`${cell.value.slice(0, longest)}…`)}, ${cell.value.length} characters`;
  }
}
