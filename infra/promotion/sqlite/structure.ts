import { entities, type Entity, fieldsOf } from "../../../app/db/sqlite/entities.ts";
import { columnsOf, type Mapping, tableOf } from "../../../app/db/sqlite/mapping-schema.ts";
import type { OldDatabase } from "./open.ts";

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A key's column as the new product compares keys: to SQLite 7 and '07', or 'a' and 'A', may be equal, and 7 and '7' not. */
export const keyText = (column: string): string => `CAST(${column} AS TEXT) COLLATE BINARY`;

/** What the mapping does not know of the database, and what it knows that is not there, a line each. */
export function refuseStructure(old: OldDatabase, mapping: Mapping): string[] {
  const found = old
    .all("PRAGMA table_list")
    .filter(({ schema, type, name }) => schema === "main" && type !== "view" && !isInternal(String(name)));
  const present = new Map(found.map(({ name, wr }) => [String(name), wr === 1] as const).toSorted());
  return [...refuseUnknown(old, mapping, [...present.keys()]), ...refuseMissing(old, mapping, present)];
}

/** Views hold nothing of their own. What SQLite keeps for itself comes anew with what it is about. */
const isInternal = (name: string) => name.startsWith("sqlite_");

const columnsIn = (old: OldDatabase, table: string): string[] =>
  old.all(`PRAGMA table_xinfo(${quoted(table)})`).map(({ name }) => String(name));

function refuseUnknown(old: OldDatabase, { tables }: Mapping, present: readonly string[]): string[] {
  return present.flatMap((table) => {
    const known = Object.hasOwn(tables, table) ? tables[table]! : undefined;
    if (known === undefined) {
      const [count] = old.all(`SELECT count(*) AS rows FROM ${quoted(table)}`);
      return [
        `the table ${table}, of ${count!["rows"]} rows, is not in the mapping: say what it becomes, or ignored and why`,
      ];
    }
    if ("ignored" in known) return [];
    return columnsIn(old, table)
      .filter((column) => !Object.hasOwn(known.columns, column))
      .map(
        (column) =>
          `the column ${table}.${column} is not in the mapping: say what it becomes, or ignored and why`,
      );
  });
}

function refuseMissing(old: OldDatabase, mapping: Mapping, present: ReadonlyMap<string, boolean>): string[] {
  return (Object.keys(entities) as Entity[]).flatMap((entity) => {
    const table = tableOf(mapping, entity);
    const withoutRowid = present.get(table.name);
    if (withoutRowid === undefined)
      return [`there is no table ${table.name}, which the mapping takes ${entity} from`];
    if (withoutRowid)
      return [
        `the table ${table.name} is WITHOUT ROWID, which an import cannot go on in: copy it into one that is not`,
      ];
    const columns = new Set(columnsIn(old, table.name));
    return Object.entries(fieldsOf(entity)).flatMap(([field, { optional }]) => {
      const from = columnsOf(table, field);
      if (optional || from.some((column) => columns.has(column))) return [];
      return [`there is no column ${table.name}.${from.join(" or ")}, which the mapping takes ${field} from`];
    });
  });
}
