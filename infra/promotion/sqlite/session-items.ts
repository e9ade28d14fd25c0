/** Sessions of the old database with all that belongs to them, in the order in which it is written. */
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { Misfit } from "../../../app/db/sqlite/conversions.ts";
import type { Old } from "../../../app/db/sqlite/entities.ts";
import { newId } from "../../../app/db/sqlite/identity.ts";
import { columnsOf, tableOf } from "../../../app/db/sqlite/mapping-schema.ts";
import { type Picture, refusePicture } from "../../../app/db/sqlite/picture.ts";
import {
  actionOf,
  type Course,
  findingOf,
  type Happened,
  refuseSession,
  sessionRows,
} from "../../../app/db/sqlite/session-rows.ts";
import { pictureKey } from "../../../app/storage/contract.ts";
import type { Row } from "./open.ts";
import type { Item, ObjectiveOf, Readers, Source } from "./parts.ts";
import { collectProblems } from "./problems.ts";
import { type Reader, readerOf, type RowNumber } from "./reader.ts";
import { keyText, quoted } from "./structure.ts";

/**
 * What has happened in sessions: numbers of its rows, by session, step and number, what was found in a step behind it. A row
 * itself is read when its turn comes; how many there are, and which is the last one, the first of a session says.
 */
function happenedAfter({ old, mapping }: Source, after: RowNumber): Generator<Row, void> {
  const sessions = tableOf(mapping, "sessions");
  const rowsOf = (entity: "actions" | "findings") => {
    const table = tableOf(mapping, entity);
    const [sessionId, step] = ["sessionId", "step"].map(
      (field) => `own.${quoted(columnsOf(table, field)[0]!)}`,
    ) as [string, string];
    return `SELECT session.unit, ${step} AS step, ${entity === "findings" ? 1 : 0} AS found, own._rowid_ AS row
      FROM main.${quoted(table.name)} AS own JOIN session ON session.key = ${keyText(sessionId)}`;
  };
  return old.iterate(
    `WITH session AS MATERIALIZED (
        SELECT _rowid_ AS unit, ${keyText(quoted(columnsOf(sessions, "id")[0]!))} AS key
        FROM main.${quoted(sessions.name)} WHERE _rowid_ > ?),
      happened AS (${rowsOf("actions")} UNION ALL ${rowsOf("findings")})
      SELECT unit, found, row, count(*) OVER whole AS events, max(iif(found, 0, step)) OVER whole AS steps,
        last_value(found) OVER whole AS lastFound, last_value(row) OVER whole AS lastRow
      FROM happened
      WINDOW whole AS (PARTITION BY unit ORDER BY step, found, row
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
      ORDER BY unit, step, found, row`,
    after,
  );
}

export function* sessionItems(
  source: Source,
  readers: Readers,
  objectiveOf: ObjectiveOf,
  after: RowNumber,
): Generator<Item, void> {
  const { orgId } = source;
  const courseOf = coursesOf(source);
  const happened = peekable(happenedAfter(source, after));
  for (const row of readers.sessions.after(after)) {
    const unit = row["row"] as RowNumber;
    const first = happened.peek(unit);
    const session = readers.sessions.read(row)?.values;
    const refused = session && refuseSession(session, first !== undefined);
    if (refused) readers.sessions.refuse(row, refused.field, refused.problem);
    const objective = session && objectiveOf(session.objectiveId);
    const rows =
      session && objective !== undefined && !refused
        ? sessionRows(session, objective, courseOf(session, first), orgId)
        : undefined;
    yield { type: "rows", rows: rows?.begin() ?? [], oldRows: 0 };
    const sessionId = newId("sessions", session?.id ?? "");
    for (let next = first; next !== undefined; next = happened.peek(unit)) {
      happened.take();
      const number = next["row"] as RowNumber;
      const read =
        next["found"] === 1
          ? readFinding(readers.findings, readers.findings.byRow(number))
          : yield* stepItems(source, readers.actions, number, sessionId);
      yield { type: "rows", rows: (read && rows?.add(read)) ?? [], oldRows: 1 };
    }
    yield { type: "rows", rows: rows?.end() ?? [], oldRows: 1, end: unit };
  }
}

/** What a session's row says of all that has happened in it, by the first row of that. */
function coursesOf({ old, mapping }: Source) {
  // What does not fit is told when its turn comes.
  const actions = readerOf(old, mapping, "actions", collectProblems());
  const findings = readerOf(old, mapping, "findings", collectProblems());
  return ({ endedAt }: Old<"sessions">, first: Row | undefined): Course => {
    if (first === undefined) return { events: 0, steps: 0, lastAt: undefined };
    const reader = first["lastFound"] === 1 ? findings : actions;
    return {
      events: Number(first["events"]),
      steps: Number(first["steps"]),
      lastAt:
        endedAt === null
          ? reader.read(reader.byRow(first["lastRow"] as RowNumber))?.values.createdAt
          : undefined,
    };
  };
}

/** A step, and its screenshot before it. */
function* stepItems(
  source: Source,
  reader: Readers["actions"],
  row: RowNumber,
  sessionId: string,
): Generator<Item, Happened | undefined> {
  const read = readAction(source, reader, reader.byRow(row));
  if (read === undefined) return undefined;
  const { old, action, bytes } = read;
  if (bytes === undefined) return { type: "step", action, old, screenshot: null };
  const key = pictureKey({ orgId: source.orgId, sessionId, attempt: 1, step: old.step }, bytes);
  yield { type: "picture", key, bytes };
  return { type: "step", action, old, screenshot: key };
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

export function readFinding(reader: Readers["findings"], row: Row): Happened | undefined {
  const old = reader.read(row)?.values;
  const finding = old && orRefused(reader, row, "evidence", () => findingOf(old));
  return old && finding && { type: "finding", old, finding };
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
  const bytes = readFile(join(directory, picture.file), directory);
  const problem = refusePicture(bytes);
  if (problem !== undefined) throw new Misfit(problem);
  return bytes;
}

function readFile(path: string, directory: string): Buffer {
  try {
    const file = realpathSync(path);
    if (!file.startsWith(join(realpathSync(directory), "/")))
      throw new Misfit("leads out of the directory of --screenshots");
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Misfit) throw error;
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
