/** The new product's tables as an import writes them and reads them back. */
import { hash } from "node:crypto";
import { getTableColumns, getTableName, type Table } from "drizzle-orm";
import { members, organizations, users } from "../auth-tables.ts";
import { findings, personas, schedules, sessionEvents, sessions } from "../schema.ts";
import { canonicalJson } from "./json.ts";

/** In the order in which they refer to each other. */
const tables = { organizations, users, members, personas, schedules, sessions, sessionEvents, findings };
export type TableName = keyof typeof tables;
export const tableNames = Object.keys(tables) as TableName[];

/** A row with all its columns. */
export type NewRow = {
  [Name in TableName]: { readonly table: Name; readonly values: (typeof tables)[Name]["$inferSelect"] };
}[TableName];

interface ColumnOfTable {
  /** In a row here. */
  readonly field: string;
  /** In the database. */
  readonly name: string;
  readonly isJson: boolean;
  readonly isMoment: boolean;
}

const columns: Readonly<Record<string, readonly ColumnOfTable[]>> = Object.fromEntries(
  tableNames.map((name) => [
    name,
    Object.entries(getTableColumns(tables[name] as Table)).map(([field, column]) => ({
      field,
      name: column.name,
      isJson: column.columnType === "PgJsonb",
      isMoment: column.columnType === "PgTimestamp",
    })),
  ]),
);

export const databaseName = (table: TableName): string => getTableName(tables[table]);

/** A statement that takes rows as `copyLine` writes them. */
export const copyStatement = (table: TableName): string =>
  `COPY "${databaseName(table)}" (${columns[table]!.map(({ name }) => `"${name}"`).join(", ")}) FROM STDIN`;

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A row as COPY reads it: https://www.postgresql.org/docs/17/sql-copy.html#id-1.9.3.55.9.2 */
export function copyLine({ table, values }: NewRow): string {
  const cells = columns[table]!.map(({ field, isJson }) => {
    const value = (values as Readonly<Record<string, unknown>>)[field];
    if (value === null) return "\\N";
    const text = isJson ? canonicalJson(value) : value instanceof Date ? value.toISOString() : String(value);
    return text.replaceAll(/[\\\n\r\t]/g, (character) => escapes[character]!);
  });
  return `${cells.join("\t")}\n`;
}

/** A query for all rows, each an array of texts that `canonicalTexts` takes. */
export function readBackStatement(table: TableName): string {
  const texts = columns[table]!.map(({ name, isMoment }) =>
    isMoment ? `trim_scale(extract(epoch FROM "${name}") * 1000)::text` : `"${name}"::text`,
  );
  return `SELECT ${texts.join(", ")} FROM "${databaseName(table)}"`;
}

/** A row as texts that are the same for the same content. */
type Texts = readonly (string | null)[];

export const canonicalTexts = (table: TableName, texts: Texts): Texts =>
  texts.map((text, index) =>
    text !== null && columns[table]![index]!.isJson ? canonicalJson(JSON.parse(text)) : text,
  );

/** The same of a row that is to be written. */
export const textsOf = ({ table, values }: NewRow): Texts =>
  columns[table]!.map(({ field, isJson }) => {
    const value = (values as Readonly<Record<string, unknown>>)[field];
    if (value === null) return null;
    if (isJson) return canonicalJson(value);
    return value instanceof Date ? String(value.getTime()) : String(value);
  });

/** A number of 128 bits. Those of a table are summed, whatever the order of its rows. */
export const contentHashOf = (table: TableName, texts: Texts): bigint =>
  BigInt(`0x${hash("sha256", JSON.stringify([table, ...texts])).slice(0, 32)}`);
