import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Client } from "pg";
import { from } from "pg-copy-streams";
import { copyLine, copyStatement, type NewRow, tableNames } from "../../../app/db/sqlite/tables.ts";
import { atOnce } from "../at-once.ts";
import type { Reading } from "./check.ts";
import { advanceLedger, type Position } from "./ledger.ts";
import { beginning, type Item } from "./parts.ts";
import type { Stage } from "./progress.ts";
import type { Target } from "./target.ts";

/** New rows in one transaction, and what then is missing of a session: it is written in one, however many it has. */
const rowsOfChunk = 250;
/** New rows that are in memory together: so few that what waits for the database is not much of it. */
const mostRows = 500;
/** Screenshots that are stored at the same time. */
const jobs = 8;

/** A commit was sent, and the connection broke before its answer came: only the database knows what has become of it. */
export class CommitUnknown extends Error {
  override readonly name = "CommitUnknown";
}

/** @throws {CommitUnknown} else whatever keeps it from being committed, with nothing written. */
export async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  let isSent = false;
  try {
    const result = await work();
    isSent = true;
    await client.query("COMMIT");
    return result;
  } catch (cause) {
    // Who answers this has refused a commit. Where the connection is gone, so is what was not to be committed yet.
    const isAnswered = await client.query("ROLLBACK").then(
      () => true,
      () => false,
    );
    if (!isSent || isAnswered) throw cause;
    const reason = (cause as Error).message;
    throw new CommitUnknown(`The database has not answered a commit: ${reason}`, { cause });
  }
}

/** By COPY, table by table. */
export async function writeRows(client: Client, rows: readonly NewRow[]): Promise<void> {
  for (const table of tableNames) {
    const lines = rows.filter((row) => row.table === table).map(copyLine);
    if (lines.length > 0)
      await pipeline(Readable.from([lines.join("")]), client.query(from(copyStatement(table))));
  }
}

const fingerprint = (bytes: Uint8Array): string =>
  `${bytes.length} bytes with SHA-256 ${createHash("sha256").update(bytes).digest("hex")}`;

/** @throws when what is there afterwards is not what was put. */
async function keep(pictures: Target["objects"], key: string, bytes: Buffer): Promise<void> {
  await pictures.put(key, bytes);
  const found = await pictures.get(key);
  const [is, should] = [found === undefined ? "missing" : fingerprint(found), fingerprint(bytes)];
  if (is !== should)
    throw new Error(`The screenshot ${key} is ${is} after it was stored, instead of ${should}.`);
}

type Picture = Extract<Item, { type: "picture" }>;

interface Chunk {
  readonly rows: NewRow[];
  /** Where the import goes on behind it; absent in the middle of what is written whole. */
  end?: Position;
}

/**
 * Writes everything from a position on: the screenshots of a chunk, each read back, then its rows together with the position behind them.
 * A killed run has stored some screenshots and no row more than the ledger says; they are stored again.
 *
 * @param signal ends it with nothing half written.
 */
export async function writeParts(
  client: Client,
  pictures: Target["objects"],
  { parts, problems }: Pick<Reading, "parts" | "problems">,
  start: Position,
  stage: Stage,
  signal: AbortSignal,
): Promise<void> {
  for (const [part, { items }] of parts.entries()) {
    if (part < start.part) continue;
    const left = items(part === start.part ? start.row : beginning);
    const next = async (isFirst: boolean): Promise<Chunk> => {
      const chunk: Chunk = { rows: [] };
      await atOnce(take(left, part, chunk, isFirst, stage), { jobs, signal }, ({ key, bytes }) =>
        keep(pictures, key, bytes),
      );
      // Everything has fitted before.
      if (problems.total() > 0)
        throw new Error("The files under --screenshots have changed since they were checked. Begin again.");
      return chunk;
    };
    for (let isOver = false; !isOver;) {
      const first = await next(true);
      const end = await inTransaction(client, () => writeChunks(client, first, () => next(false)));
      isOver = end.part > part;
    }
  }
}

/** From the first one to that behind which the import can go on. @returns where that is. */
async function writeChunks(client: Client, first: Chunk, next: () => Promise<Chunk>): Promise<Position> {
  let chunk = first;
  for (; chunk.end === undefined; chunk = await next()) await writeRows(client, chunk.rows);
  await writeRows(client, chunk.rows);
  await advanceLedger(client, chunk.end);
  return chunk.end;
}

/**
 * Fills a chunk; yields the screenshots that its rows name.
 *
 * @param isFirst of a transaction. Others are what is left of an old row that is written whole.
 */
function* take(
  items: Generator<Item, void>,
  part: number,
  chunk: Chunk,
  isFirst: boolean,
  stage: Stage,
): Generator<Picture, void> {
  while (chunk.rows.length < mostRows) {
    const { value: item } = items.next();
    if (item === undefined) {
      chunk.end = { part: part + 1, row: beginning };
      return;
    }
    if (item.type === "picture") {
      yield item;
      stage.pictures(1);
      continue;
    }
    chunk.rows.push(...item.rows);
    stage.rows(item.oldRows);
    if (item.end === undefined || (isFirst && chunk.rows.length < rowsOfChunk)) continue;
    chunk.end = { part, row: item.end };
    return;
  }
}
