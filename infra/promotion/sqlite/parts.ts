/** The old database as what it becomes, in the order in which it is written. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Misfit } from "../../../app/db/sqlite/conversions.ts";
import type { Entity, Old } from "../../../app/db/sqlite/entities.ts";
import { newId } from "../../../app/db/sqlite/identity.ts";
import { columnsOf, type Mapping, tableOf } from "../../../app/db/sqlite/mapping-schema.ts";
import { type Picture, refusePicture } from "../../../app/db/sqlite/picture.ts";
import { personaRow, scheduleRow, userRows } from "../../../app/db/sqlite/rows.ts";
import {
  actionOf,
  findingOf,
  type Happened,
  refuseSession,
  sessionRows,
} from "../../../app/db/sqlite/session-rows.ts";
import type { NewRow } from "../../../app/db/sqlite/tables.ts";
import { pictureKey } from "../../../app/storage/contract.ts";
import type { OldDatabase, Row } from "./open.ts";
import { collectProblems, type Problems } from "./problems.ts";
import { type Reader, readerOf, type RowNumber } from "./reader.ts";
import { quoted } from "./structure.ts";

/** A screenshot as it comes, or a row of the old database with all that belongs to it, which is written whole. */
export type Item =
  | { readonly type: "picture"; readonly key: string; readonly bytes: Buffer }
  | {
      readonly type: "unit";
      readonly row: RowNumber;
      readonly rows: readonly NewRow[];
      /** How many rows of the old database are in it. */
      readonly oldRows: number;
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
  const schedulesObjective = objectivesOf(source, "schedules");
  return [
    simplePart("users", readers.users, (user) => userRows(user, orgId)),
    simplePart("personas", readers.personas, (persona) => [personaRow(persona, orgId)]),
    simplePart("objectives", readers.objectives, () => []),
    simplePart("schedules", readers.schedules, (schedule, row) => {
      const objective = schedulesObjective(row);
      return objective === undefined ? [] : [scheduleRow(schedule, objective, orgId)];
    }),
    { name: "sessions", items: (after) => sessionItems(source, readers, after) },
  ];
}

const simplePart = <E extends Part["name"]>(
  name: E,
  reader: Reader<E>,
  rowsOf: (values: Old<E>, row: Row) => readonly NewRow[],
): Part => ({
  name,
  *items(after) {
    for (const row of reader.after(after)) {
      const read = reader.read(row);
      const rows = read === undefined ? [] : rowsOf(read.values, row);
      yield { type: "unit", row: row["row"] as RowNumber, rows, oldRows: 1 };
    }
  },
});

/** The words of the objective that a row names; `undefined` where it names none that is there, which is told elsewhere. */
function objectivesOf({ old, mapping }: Source, entity: "schedules" | "sessions") {
  // What does not fit in one is told once, when its own turn comes.
  const objectives = readerOf(old, mapping, "objectives", collectProblems());
  const [from, to] = [tableOf(mapping, entity), tableOf(mapping, "objectives")];
  const [reference, key] = [columnsOf(from, "objectiveId")[0]!, columnsOf(to, "id")[0]!];
  const find = old.prepare(
    `SELECT _rowid_ AS row FROM ${quoted(to.name)} WHERE ${quoted(key)} =
      (SELECT ${quoted(reference)} FROM ${quoted(from.name)} WHERE _rowid_ = ?)`,
  );
  return (row: Row): string | undefined => {
    const found = find(row["row"] as RowNumber);
    return found && objectives.read(objectives.byRow(found["row"] as RowNumber))?.values.text;
  };
}

/** Numbers of the rows that belong to sessions, by session, step and number. A row itself is read when its turn comes. */
function* orderOf({ old, mapping }: Source, entity: "actions" | "findings", after: RowNumber) {
  const [of, sessions] = [tableOf(mapping, entity), tableOf(mapping, "sessions")];
  const column = (table: typeof of, field: string) => quoted(columnsOf(table, field)[0]!);
  yield* old.iterate(
    `SELECT session._rowid_ AS unit, own._rowid_ AS row, own.${column(of, "step")} AS step
      FROM ${quoted(of.name)} AS own JOIN ${quoted(sessions.name)} AS session
        ON session.${column(sessions, "id")} = own.${column(of, "sessionId")}
      WHERE session._rowid_ > ? ORDER BY 1, 3, 2`,
    after,
  );
}

function* sessionItems(source: Source, readers: Readers, after: RowNumber): Generator<Item, void> {
  const { orgId } = source;
  const objectiveOf = objectivesOf(source, "sessions");
  const actions = peekable(orderOf(source, "actions", after));
  const findings = peekable(orderOf(source, "findings", after));
  for (const row of readers.sessions.after(after)) {
    const unit = row["row"] as RowNumber;
    const session = readers.sessions.read(row)?.values;
    const happened: Happened[] = [];
    const sessionId = newId("sessions", session?.id ?? "");
    let oldRows = 1;
    for (;;) {
      const [action, finding] = [actions.peek(unit), findings.peek(unit)];
      if (action === undefined && finding === undefined) break;
      oldRows += 1;
      // What was found in a step comes after it.
      if (action !== undefined && (finding === undefined || action["step"]! <= finding["step"]!)) {
        actions.take();
        const step = readAction(source, readers.actions, readers.actions.byRow(action["row"] as RowNumber));
        if (step === undefined) continue;
        const { old, bytes } = step;
        const screenshot =
          bytes === undefined ? null : pictureKey({ orgId, sessionId, attempt: 1, step: old.step }, bytes);
        if (bytes !== undefined) yield { type: "picture", key: screenshot!, bytes };
        happened.push({ type: "step", action: step.action, old, screenshot });
      } else {
        findings.take();
        const found = readFinding(readers.findings, readers.findings.byRow(finding!["row"] as RowNumber));
        if (found !== undefined) happened.push({ type: "finding", ...found });
      }
    }
    const rows: NewRow[] = [];
    const refused = session && refuseSession(session, oldRows - 1);
    if (refused) readers.sessions.refuse(row, refused.field, refused.problem);
    const objective = objectiveOf(row);
    if (session && objective !== undefined && !refused)
      rows.push(...sessionRows(session, objective, happened, orgId));
    yield { type: "unit", row: unit, rows, oldRows };
  }
}

export function readAction({ screenshots }: Source, reader: Readers["actions"], row: Row) {
  const old = reader.read(row)?.values;
  const action = old && orRefused(reader, row, "parameters", () => actionOf(old));
  const bytes = old?.screenshot
    ? orRefused(reader, row, "screenshot", () => load(old.screenshot!, screenshots))
    : undefined;
  if (old === undefined || action === undefined || (old.screenshot !== null && bytes === undefined))
    return undefined;
  return { old, action, bytes };
}

export function readFinding(reader: Readers["findings"], row: Row) {
  const old = reader.read(row)?.values;
  const finding = old && orRefused(reader, row, "evidence", () => findingOf(old));
  return old && finding && { old, finding };
}

function orRefused<T>(
  reader: Reader<"actions"> | Reader<"findings">,
  row: Row,
  field: string,
  read: () => T,
): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    reader.refuse(row, field, error.message);
    return undefined;
  }
}

function load(picture: Picture, directory: string | undefined): Buffer {
  if ("bytes" in picture) return picture.bytes;
  if (directory === undefined)
    throw new Misfit("is a file: name the directory that it lies under with --screenshots");
  const path = join(directory, picture.file);
  const bytes = readFile(path);
  const problem = refusePicture(bytes);
  if (problem !== undefined) throw new Misfit(problem);
  return bytes;
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Misfit(`cannot be read: ${(error as NodeJS.ErrnoException).code} at ${path}`);
  }
}

/** Rows in the order of units, of which those of one unit are taken. */
function peekable(rows: Generator<Row, void>) {
  let next = rows.next();
  return {
    peek: (unit: RowNumber) => (!next.done && next.value["unit"] === unit ? next.value : undefined),
    take: () => void (next = rows.next()),
  };
}
