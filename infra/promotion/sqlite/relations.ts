/** What rows say of each other: that a reference leads somewhere, and that what is one's own is nobody else's. */
import { entities, type Entity, fieldsOf, longestAddress } from "../../../app/db/sqlite/entities.ts";
import { columnsOf, tableOf } from "../../../app/db/sqlite/mapping-schema.ts";
import type { Readers, Source } from "./parts.ts";
import { SQLite3Error } from "./open.ts";
import type { Problems } from "./problems.ts";
import { readAction, readFinding } from "./session-items.ts";
import { keyText, quoted } from "./structure.ts";

/** Fields that no two rows may have in common. */
const unique: readonly { readonly entity: Entity; readonly fields: readonly string[] }[] = [
  ...(Object.keys(entities) as Entity[]).map((entity) => ({ entity, fields: ["id"] })),
  { entity: "users", fields: ["email"] },
  { entity: "actions", fields: ["sessionId", "step"] },
];

export function checkRelations(source: Source, readers: Readers, problems: Problems): void {
  for (const entity of Object.keys(entities) as Entity[]) checkReferences(source, readers, entity);
  for (const each of unique) checkUnique(source, readers, each);
  checkForeignKeys(source, problems);
}

function checkReferences(source: Source, readers: Readers, entity: Entity): void {
  const { old, mapping } = source;
  const table = tableOf(mapping, entity);
  const reader = readers[entity];
  for (const [field, { refersTo }] of Object.entries(fieldsOf(entity))) {
    const [column] = columnsOf(table, field);
    if (refersTo === undefined || column === undefined || !isThere(source, table.name, column)) continue;
    const other = tableOf(mapping, refersTo as Entity);
    const key = quoted(columnsOf(other, "id")[0]!);
    const from = `old.${quoted(column)}`;
    const isOfSession = entity === "actions" || entity === "findings";
    const rows = old.iterate(
      `SELECT ${reader.columns}, ${from} IS NULL AS missing FROM ${quoted(table.name)} AS old
        WHERE ${keyText(from)} NOT IN (SELECT ${keyText(key)} FROM ${quoted(other.name)} WHERE ${key} IS NOT NULL)
        ${isOfSession ? `OR ${from} IS NULL` : ""}`,
    );
    for (const row of rows) {
      if (row["missing"] === 0) reader.refuse(row, field, `refers to no row of ${other.name}`);
      // What belongs to no session is read here only.
      if (entity === "actions") readAction(source, readers.actions, row);
      if (entity === "findings") readFinding(readers.findings, row);
    }
  }
}

const isThere = ({ old }: Source, table: string, column: string) =>
  old.all(`PRAGMA table_xinfo(${quoted(table)})`).some(({ name }) => name === column);

function checkUnique(
  { old, mapping }: Source,
  readers: Readers,
  { entity, fields }: (typeof unique)[number],
): void {
  const table = tableOf(mapping, entity);
  const reader = readers[entity];
  const compared = fields.map((field) => comparedOf(entity, field, columnsOf(table, field)[0]!)).join(", ");
  const twice = old.iterate(
    `SELECT ${reader.columns} FROM ${quoted(table.name)} AS old
      WHERE (${compared}) IN (SELECT ${compared} FROM ${quoted(table.name)} GROUP BY ${compared} HAVING count(*) > 1)`,
  );
  const problem = `is in more than one row${fields.length > 1 ? ", with the same session" : ""}`;
  for (const row of twice) reader.refuse(row, fields.at(-1)!, problem);
}

/** Bytes of an address that is compared: none that fits has more. */
const mostBytes = 4 * longestAddress;

/** A column as the new product compares what becomes of it. */
function comparedOf(entity: Entity, field: string, column: string): string {
  if (fieldsOf(entity)[field]!.type === "key") return keyText(quoted(column));
  if (field !== "email") return quoted(column);
  return `iif(typeof(${quoted(column)}) = 'text' AND octet_length(${quoted(column)}) <= ${mostBytes}, small_letters(${quoted(column)}), NULL)`;
}

/** What the tables themselves declare, whatever the mapping says. */
function checkForeignKeys({ old, mapping }: Source, problems: Problems): void {
  for (const entity of Object.keys(entities) as Entity[]) {
    const { name } = tableOf(mapping, entity);
    const broken = new Map<string, number>();
    try {
      for (const { parent } of old.iterate(`PRAGMA foreign_key_check(${quoted(name)})`))
        broken.set(String(parent), (broken.get(String(parent)) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof SQLite3Error)) throw error;
      problems.addGeneral(
        `${name}: SQLite cannot check its foreign keys: ${error.message}. Make the table anew without those that lead to no key`,
      );
    }
    for (const [parent, count] of broken)
      problems.addGeneral(
        `SQLite's foreign_key_check: ${count} rows of ${name} refer to no row of ${parent}`,
      );
  }
}
