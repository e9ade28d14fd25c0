import { type MovedTable, movedTables } from "../tables.ts";
import type { Readers } from "./readers.ts";

/** A table that both sides have, with the columns that they both have. */
export interface ComparedTable extends MovedTable {
  /** Quoted, by name: in a copy they may stand in another order. */
  readonly columns: readonly string[];
  /** Quoted; none where it has no primary key. */
  readonly key: readonly string[];
  /** Its file: another one from when it is emptied at once or written anew, which no row tells. */
  readonly file: string;
}

/** As text it tells NULL from an empty text. */
export const rowOf = (columns: readonly string[]): string =>
  `ROW(${columns.map((each) => `t.${each}`).join(", ")})`;

export async function comparedTables(side: Readers): Promise<ComparedTable[]> {
  const tables = await movedTables({
    query: (async (statement: string) => ({ rows: await side.rows(statement) })) as never,
  });
  const columns = await side.rows<{ table: string; columns: string[]; key: string[]; file: string }>(
    `SELECT format('%I.%I', nspname, relname) AS "table", pg_relation_filenode(pg_class.oid)::text AS file,
       array_agg(quote_ident(attname) ORDER BY attname COLLATE "C") AS columns,
       coalesce(array_agg(quote_ident(attname) ORDER BY array_position(conkey, attnum))
         FILTER (WHERE attnum = ANY (conkey)), '{}') AS key
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
       JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
       LEFT JOIN pg_constraint ON conrelid = pg_class.oid AND contype = 'p'
     WHERE relkind = 'r' AND nspname = 'public' GROUP BY 1, 2`,
  );
  const byTable = new Map(columns.map((each) => [each.table, each]));
  return tables.map((table) => ({
    ...table,
    columns: byTable.get(table.quoted)?.columns ?? [],
    key: byTable.get(table.quoted)?.key ?? [],
    file: byTable.get(table.quoted)?.file ?? "",
  }));
}
