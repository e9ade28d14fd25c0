import type { Client } from "pg";
import {
  canonicalTexts,
  contentHashOf,
  databaseName,
  type NewRow,
  readBackStatement,
  type TableName,
  tableNames,
  textsOf,
} from "../../../app/db/sqlite/tables.ts";
import type { Stage } from "./progress.ts";
import { inTransaction } from "./write.ts";

/** What a table holds, whatever the order of its rows. */
export interface Content {
  readonly rows: number;
  /** Sum of the hashes of all rows. */
  readonly hash: bigint;
}
export type Contents = Readonly<Record<TableName, Content>>;

const modulus = 2n ** 128n;
/** Rows that are read at a time. */
const batch = 1_000;

/** Adds up what tables are to hold. */
export function sumContents() {
  const sums = Object.fromEntries(tableNames.map((name) => [name, { rows: 0, hash: 0n }])) as Record<
    TableName,
    { rows: number; hash: bigint }
  >;
  return {
    add(row: NewRow) {
      const sum = sums[row.table];
      sum.rows += 1;
      sum.hash = (sum.hash + contentHashOf(row.table, textsOf(row))) % modulus;
    },
    contents: (): Contents => structuredClone(sums),
  };
}

/**
 * What the target holds, read back from one state of it.
 *
 * @param signal ends it.
 */
export async function readContents(client: Client, stage: Stage, signal: AbortSignal): Promise<Contents> {
  const found: [TableName, Content][] = [];
  await inTransaction(client, async () => {
    await client.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
    for (const table of tableNames) found.push([table, await readContent(client, table, stage, signal)]);
  });
  return Object.fromEntries(found) as unknown as Contents;
}

async function readContent(
  client: Client,
  table: TableName,
  stage: Stage,
  signal: AbortSignal,
): Promise<Content> {
  await client.query(`DECLARE imported NO SCROLL CURSOR FOR ${readBackStatement(table)}`);
  let [rows, hash] = [0, 0n];
  for (let count = batch; count === batch; rows += count) {
    signal.throwIfAborted();
    const fetched = await client.query<(string | null)[]>({
      text: `FETCH ${batch} FROM imported`,
      rowMode: "array",
    });
    count = fetched.rows.length;
    for (const texts of fetched.rows)
      hash = (hash + contentHashOf(table, canonicalTexts(table, texts))) % modulus;
    stage.rows(count);
  }
  await client.query("CLOSE imported");
  return { rows, hash };
}

/** What is not as it should be, a line a table. */
export const differences = (expected: Contents, found: Contents): string[] =>
  tableNames.flatMap((name) => {
    const [should, is] = [expected[name], found[name]];
    const table = databaseName(name);
    if (is.rows !== should.rows) return [`${table} has ${is.rows} rows instead of ${should.rows}`];
    return is.hash === should.hash ? [] : [`${table} has other content in its ${is.rows} rows`];
  });
