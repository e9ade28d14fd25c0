/** The old database as what it becomes, in the order in which it is written. */
import type { Entity, Old } from "../../../app/db/sqlite/entities.ts";
import { columnsOf, type Mapping, tableOf } from "../../../app/db/sqlite/mapping-schema.ts";
import { personaRow, scheduleRow, userRows } from "../../../app/db/sqlite/rows.ts";
import type { NewRow } from "../../../app/db/sqlite/tables.ts";
import type { OldDatabase } from "./open.ts";
import { collectProblems, type Problems } from "./problems.ts";
import { type Reader, readerOf, type RowNumber } from "./reader.ts";
import { sessionItems } from "./session-items.ts";
import { keyText, quoted } from "./structure.ts";

/** A screenshot, before the row that names it, or rows. What belongs to one row of the old database is written whole. */
export type Item =
  | { readonly type: "picture"; readonly key: string; readonly bytes: Buffer }
  | {
      readonly type: "rows";
      readonly rows: readonly NewRow[];
      /** How many rows of the old database they are. */
      readonly oldRows: number;
      /** The old row that is whole with them; absent where more of it follows. */
      readonly end?: RowNumber;
    };

export interface Part {
  readonly name: "users" | "personas" | "objectives" | "schedules" | "sessions";
  /** From a row on; what does not fit is told, and left out. */
  items(after: RowNumber): Generator<Item, void>;
}

export interface Source {
  readonly old: OldDatabase;
  readonly mapping: Mapping;
  /** Where paths of screenshots begin; absent where it was not named. */
  readonly screenshots: string | undefined;
  readonly orgId: string;
}

export type Readers = { readonly [E in Entity]: Reader<E> };

/** Before the first row. */
export const beginning: RowNumber = -(2n ** 63n);

export const readersOf = ({ old, mapping }: Source, problems: Problems): Readers => {
  const read = <E extends Entity>(entity: E) => readerOf(old, mapping, entity, problems);
  return {
    users: read("users"),
    personas: read("personas"),
    objectives: read("objectives"),
    schedules: read("schedules"),
    sessions: read("sessions"),
    actions: read("actions"),
    findings: read("findings"),
  };
};

export function partsOf(source: Source, readers: Readers): readonly Part[] {
  const { orgId } = source;
  const objectiveOf = objectivesOf(source);
  return [
    simplePart("users", readers.users, (user) => userRows(user, orgId)),
    simplePart("personas", readers.personas, (persona) => [personaRow(persona, orgId)]),
    simplePart("objectives", readers.objectives, () => []),
    simplePart("schedules", readers.schedules, (schedule) => {
      const objective = objectiveOf(schedule.objectiveId);
      return objective === undefined ? [] : [scheduleRow(schedule, objective, orgId)];
    }),
    { name: "sessions", items: (after) => sessionItems(source, readers, objectiveOf, after) },
  ];
}

const simplePart = <E extends Part["name"]>(
  name: E,
  reader: Reader<E>,
  rowsOf: (values: Old<E>) => readonly NewRow[],
): Part => ({
  name,
  *items(after) {
    for (const row of reader.after(after)) {
      const read = reader.read(row);
      const rows = read === undefined ? [] : rowsOf(read.values);
      yield { type: "rows", rows, oldRows: 1, end: row["row"] as RowNumber };
    }
  },
});

export type ObjectiveOf = (key: string) => string | undefined;

/** The words of an objective; `undefined` where there is none, or it does not fit, both of which are told elsewhere. */
function objectivesOf({ old, mapping }: Source): ObjectiveOf {
  // What does not fit in one is told once, when its own turn comes.
  const objectives = readerOf(old, mapping, "objectives", collectProblems());
  const table = tableOf(mapping, "objectives");
  const id = quoted(columnsOf(table, "id")[0]!);
  // By an index if there is one, which takes more for equal than the new product does.
  const find = old.prepare(
    `SELECT _rowid_ AS row FROM ${quoted(table.name)} WHERE ${id} IN (?1, ?2) AND ${keyText(id)} = ?1`,
  );
  return (key) => {
    const found = find(key, isInteger(key) ? BigInt(key) : key);
    return found && objectives.read(objectives.byRow(found["row"] as RowNumber))?.values.text;
  };
}

/** Whether SQLite may hold it as an integer. */
const isInteger = (key: string): boolean =>
  /^(0|-?[1-9]\d{0,18})$/.test(key) && BigInt.asIntN(64, BigInt(key)) === BigInt(key);
