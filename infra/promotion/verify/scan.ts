/** Reads tables in pieces, many at the same time. */
import { atOnce } from "../at-once.ts";
import type { MovedTable } from "../tables.ts";
import type { Readers } from "./readers.ts";

/** Blocks that one statement reads: 16 MB. */
const blocksAtOnce = 2_048;

interface Piece<Table> {
  readonly table: Table;
  /** A condition on `ctid`. */
  readonly range: string;
}

export interface Scan<Table> {
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
  /** Up to its condition. */
  readonly statement: (table: Table) => string;
  readonly values?: readonly unknown[];
}

/** Asks the same of every piece of some tables, the largest table first. */
export async function scan<Row, Table extends MovedTable>(
  side: Readers,
  tables: readonly Table[],
  { jobs, signal, statement, values }: Scan<Table>,
  hear: (table: Table, rows: readonly Row[]) => void,
): Promise<void> {
  const pieces = tables.toSorted((a, b) => b.bytes - a.bytes).flatMap(piecesOf);
  await atOnce(pieces, { jobs, signal }, async ({ table, range }) => {
    hear(table, await side.rows<Row>(statement(table).replace("$range", range), values));
  });
}

/** The last one goes on to the end, wherever that is by now. */
function piecesOf<Table extends MovedTable>(table: Table): Piece<Table>[] {
  const count = Math.max(1, Math.ceil(table.blocks / blocksAtOnce));
  return Array.from({ length: count }, (_, index) => {
    const from = `ctid >= '(${index * blocksAtOnce},0)'`;
    const to = `ctid < '(${(index + 1) * blocksAtOnce},0)'`;
    return { table, range: index === count - 1 ? from : `${from} AND ${to}` };
  });
}
