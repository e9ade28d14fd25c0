import {
  type Cell,
  type ConversionName,
  type ConversionOptions,
  conversions,
  Misfit,
} from "../../../app/db/sqlite/conversions.ts";
import { type Entity, fieldsOf, type Old } from "../../../app/db/sqlite/entities.ts";
import { type Mapping, tableOf } from "../../../app/db/sqlite/mapping-schema.ts";
import type { OldDatabase, Row } from "./open.ts";
import type { Problems } from "./problems.ts";
import { quoted } from "./structure.ts";

/** Bytes of one text or blob: all that is made of a value is in memory at the same time. */
const longest = 32 * 1024 * 1024;

export type RowNumber = number | bigint;

/** Reads the rows of one entity by the mapping. */
export interface Reader<E extends Entity> {
  readonly table: string;
  readonly count: number;
  /** What follows `SELECT`, for a table that is called `old`. */
  readonly columns: string;
  /** A row of such a query; `undefined` when something in it does not fit, which is then told. */
  read(row: Row): { readonly number: RowNumber; readonly values: Old<E> } | undefined;
  /** Rows in their order, after one. */
  after(row: RowNumber): Generator<Row, void>;
  byRow(row: RowNumber): Row;
  /** Tells of a field that does not fit for a reason beyond itself. */
  refuse(row: Row, field: string, problem: string): void;
}

interface Source extends ConversionOptions {
  readonly name: string;
  readonly field: string;
  readonly as: ConversionName;
}

export function readerOf<E extends Entity>(
  old: OldDatabase,
  mapping: Mapping,
  entity: E,
  problems: Problems,
): Reader<E> {
  const { name: table, columns } = tableOf(mapping, entity);
  const fields = fieldsOf(entity);
  const present = new Set(old.all(`PRAGMA table_xinfo(${quoted(table)})`).map(({ name }) => String(name)));
  const sources: Source[] = Object.entries(columns).flatMap(([name, column]) =>
    "becomes" in column && present.has(name) ? [{ ...column, name, field: column.becomes }] : [],
  );
  const cells = cellsOf(sources.map(({ name }) => name));
  const from = `FROM ${quoted(table)} AS old`;
  const selected = `old._rowid_ AS row, ${cells.columns}`;
  const query = `SELECT ${selected} ${from}`;
  const byRow = old.prepare(`${query} WHERE old._rowid_ = ?`);

  function convert(cell: Cell, source: Source): unknown {
    const value: unknown = conversions[source.as].convert(cell, source);
    const problem = fields[source.field]!.refuse?.(value as never);
    if (problem !== undefined) throw new Misfit(problem);
    return value;
  }

  return {
    table,
    columns: selected,
    count: Number(old.all(`SELECT count(*) AS count ${from}`)[0]!["count"]),
    read(row) {
      const values: Record<string, unknown> = {};
      const place = { table, row: String(row["row"]) };
      let fits = true;
      const misfit = (column: string, cell: Cell, problem: string) => {
        fits = false;
        problems.add({ ...place, column, problem }, cell);
      };
      for (const [index, cell] of cells.read(row).entries()) {
        const source = sources[index]!;
        const { field, name } = source;
        if (cell.type === "null") continue;
        if (Object.hasOwn(values, field)) {
          misfit(name, cell, `must be NULL, since another column has the ${field} already`);
          continue;
        }
        values[field] = null;
        if (cell.type === "too long") {
          misfit(name, cell, `must have ${longest} bytes at the most`);
          continue;
        }
        try {
          values[field] = convert(cell, source);
        } catch (error) {
          if (!(error instanceof Misfit)) throw error;
          misfit(name, cell, error.message);
        }
      }
      for (const [field, { optional }] of Object.entries(fields)) {
        if (Object.hasOwn(values, field)) continue;
        values[field] = null;
        const column = sources.find((source) => source.field === field)?.name;
        if (!optional) misfit(column!, { type: "null" }, "must not be NULL");
      }
      return fits ? { number: row["row"] as RowNumber, values: values as Old<E> } : undefined;
    },
    after: (row) => old.iterate(`${query} WHERE old._rowid_ > ? ORDER BY old._rowid_`, row),
    byRow: (row) => byRow(row)!,
    refuse(row, field, problem) {
      const held = cells.read(row).map((cell, index) => ({ cell, source: sources[index]! }));
      const own = held.filter(({ source }) => source.field === field);
      // Of more than one column a row uses one.
      const used = own.find(({ cell }) => cell.type !== "null") ?? own[0];
      const place = { table, row: String(row["row"]), column: used?.source.name ?? field, problem };
      problems.add(place, used?.cell ?? { type: "null" });
    },
  };
}

/** Told without reading it. */
const isTooLong = (column: string): string =>
  `typeof(${column}) IN ('text', 'blob') AND octet_length(${column}) > ${longest}`;

const heldAs = (name: string, index: number): string => {
  const column = `old.${quoted(name)}`;
  return `CASE WHEN ${isTooLong(column)} THEN octet_length(${column}) WHEN typeof(${column}) = 'text' THEN CAST(${column} AS BLOB) ELSE ${column} END AS c${index}`;
};

const typeOf = (name: string): string => {
  const column = `old.${quoted(name)}`;
  return `CASE WHEN ${isTooLong(column)} THEN 'too long' ELSE typeof(${column}) END`;
};

/**
 * Columns as they are held. Text is read as its bytes: node-sqlite3-wasm ends a text at its first NUL, and makes
 * something of bytes that are not UTF-8.
 */
function cellsOf(names: readonly string[]) {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const types = names.map(typeOf).join(` || ',' || `);
  const decode = (bytes: Uint8Array): Cell => {
    try {
      return { type: "text", value: decoder.decode(bytes) };
    } catch {
      return { type: "broken text", value: bytes };
    }
  };
  return {
    columns: [`${types} AS types`, ...names.map(heldAs)].join(", "),
    read: (row: Row): Cell[] =>
      String(row["types"])
        .split(",")
        .map((type, index) => {
          const held = row[`c${index}`];
          if (type === "null") return { type };
          return type === "text" ? decode(held as Uint8Array) : ({ type, value: held } as Cell);
        }),
  };
}
