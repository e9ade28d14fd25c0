import { pipeline } from "node:stream/promises";
import { escapeLiteral, type Client } from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { PromotionError, type Progress } from "../contract.ts";
import { failed, inLanes, on } from "./connections.ts";
import type { CopiedTable } from "./columns.ts";

/** A part of a table, from one block up to another one. The last part has no end. */
interface Chunk {
  readonly id: number;
  readonly table: string;
  readonly fromBlock: number;
  readonly toBlock: number | null;
}

/** A connection to each side. */
interface Lane {
  readonly source: Client;
  readonly target: Client;
}

/** The largest tables first, so that no connection is left alone with one at the end. */
export function planChunks(
  tables: readonly Pick<CopiedTable, "quoted" | "blocks" | "bytes">[],
  partBytes: number,
): Omit<Chunk, "id">[] {
  return tables
    .toSorted((a, b) => b.bytes - a.bytes)
    .flatMap(({ quoted: table, blocks, bytes }) => {
      const size = Math.max(1, Math.floor((partBytes * blocks) / Math.max(1, bytes)));
      const count = Math.max(1, Math.ceil(blocks / size));
      return Array.from({ length: count }, (_, n) => ({
        table,
        fromBlock: n * size,
        toBlock: n === count - 1 ? null : (n + 1) * size,
      }));
    });
}

export const chunkTable = `
  CREATE TABLE promotion_copy.chunks (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    "table" text NOT NULL,
    from_block bigint NOT NULL,
    to_block bigint,
    copied bigint -- rows; null: not yet
  )`;

export async function writeChunks(target: Client, chunks: readonly Omit<Chunk, "id">[]): Promise<void> {
  await target.query(
    `INSERT INTO promotion_copy.chunks ("table", from_block, to_block)
     SELECT "table", "fromBlock", "toBlock"
     FROM ROWS FROM (json_to_recordset($1) AS ("table" text, "fromBlock" bigint, "toBlock" bigint)) WITH ORDINALITY
     ORDER BY ordinality`,
    [JSON.stringify(chunks)],
  );
}

/** Copies the parts that have not been. */
export async function copyChunks(
  lanes: readonly Lane[],
  tables: readonly CopiedTable[],
  report: (progress: Progress) => void,
): Promise<void> {
  const byName = new Map(tables.map((table) => [table.quoted, table]));
  const { rows: chunks } = await on("target", "reading what is to be copied", () =>
    lanes[0]!.target.query<Chunk & { isCopied: boolean }>(
      `SELECT id, "table", from_block::float8 AS "fromBlock", to_block::float8 AS "toBlock", copied IS NOT NULL AS "isCopied"
       FROM promotion_copy.chunks ORDER BY id`,
    ),
  );
  const left = chunks.filter(({ isCopied }) => !isCopied);
  let [done, bytes] = [chunks.length - left.length, 0];
  await inLanes(lanes, left, async (lane, chunk) => {
    const copied = await copyChunk(lane, byName.get(chunk.table)!, chunk);
    bytes += copied;
    report({ what: "parts of tables", done: ++done, of: chunks.length, bytes });
  });
}

/** Rows and the mark that they are there come in one transaction: each part is copied once, whatever is killed when. */
async function copyChunk({ source, target }: Lane, table: CopiedTable, chunk: Chunk): Promise<number> {
  const name = table.quoted;
  await on("target", `beginning with ${name}`, () => target.query("BEGIN"));
  const { bytes, rows } = await pipe({ source, target }, table, chunk);
  await on("target", `marking a part of ${name} as copied`, async () => {
    const { rowCount } = await target.query(
      "UPDATE promotion_copy.chunks SET copied = $1 WHERE id = $2 AND copied IS NULL",
      [rows, chunk.id],
    );
    if (rowCount !== 1)
      throw new PromotionError(`target: a part of ${name} was copied by another runner; let only one run.`);
    await target.query("COMMIT");
  });
  return bytes;
}

async function pipe({ source, target }: Lane, table: CopiedTable, chunk: Chunk) {
  const { quoted, columns, isBinary } = table;
  const format = `(FORMAT ${isBinary ? "binary" : "text"})`;
  const end = chunk.toBlock === null ? "" : ` AND ctid < '(${chunk.toBlock},0)'`;
  const range = `ctid >= '(${chunk.fromBlock},0)'${end}`;
  const reading = source.query(
    copyTo(`COPY (SELECT ${columns} FROM ONLY ${quoted} WHERE ${range}) TO STDOUT ${format}`),
  );
  const writing = target.query(copyFrom(`COPY ${quoted} ${columns && `(${columns})`} FROM STDIN ${format}`));
  let [bytes, side] = [0, undefined as "source" | "target" | undefined];
  // Whichever breaks first makes the other one break.
  reading.on("error", () => (side ??= "source")).on("data", ({ length }: Buffer) => (bytes += length));
  writing.on("error", () => (side ??= "target"));
  try {
    await pipeline(reading, writing);
  } catch (error) {
    throw failed(side ?? "target", `copying ${quoted}`, error);
  }
  // The answer of the source comes after its last row.
  await on("source", `reading the end of ${quoted}`, () => source.query("SELECT"));
  if (reading.rowCount !== writing.rowCount)
    throw new PromotionError(
      `target: took ${writing.rowCount} of ${reading.rowCount} rows of ${quoted} (${range}); look for rules and triggers there.`,
    );
  return { bytes, rows: reading.rowCount };
}

/** Sees what the transaction that exported it sees, for as long as that one is open. */
export const useSnapshot = async (source: Client, snapshot: string): Promise<void> =>
  on("source", `using the snapshot ${snapshot}`, async () => {
    await source.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await source.query(`SET TRANSACTION SNAPSHOT ${escapeLiteral(snapshot)}`);
  });
