/** What rows say of each other: that a reference leads somewhere, and that what is one's own is nobody else's. */
import { entities, type Entity, fieldsOf } from "../../../app/db/sqlite/entities.ts";
import { columnsOf, tableOf } from "../../../app/db/sqlite/mapping-schema.ts";
import { readAction, readFinding, type Readers, type Source } from "./parts.ts";
import type { Problems } from "./problems.ts";
import { quoted } from "./structure.ts";

/** Fields that no two rows may have in common; texts of small letters whatever they are in. */
const unique: readonly {
  readonly entity: Entity;
  readonly fields: readonly string[];
  readonly lower?: true;
}[] = [
  ...(Object.keys(entities) as Entity[]).map((entity) => ({ entity, fields: ["id"] })),
  { entity: "users", fields: ["email"], lower: true },
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
        WHERE ${from} NOT IN (SELECT ${key} FROM ${quoted(other.name)} WHERE ${key} IS NOT NULL)
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
  { entity, fields, lower }: (typeof unique)[number],
) {
  const table = tableOf(mapping, entity);
  const reader = readers[entity];
  const columns = fields.map((field) => quoted(columnsOf(table, field)[0]!));
  const compared = columns.map((column) => (lower ? `lower(${column})` : column)).join(", ");
  const twice = old.iterate(
    `SELECT ${reader.columns} FROM ${quoted(table.name)} AS old
      WHERE (${compared}) IN (SELECT ${compared} FROM ${quoted(table.name)} GROUP BY ${compared} HAVING count(*) > 1)`,
  );
  const problem = `is in more than one row${fields.length > 1 ? ", with the same session" : ""}`;
  for (const row of twice) reader.refuse(row, fields.at(-1)!, problem);
}

/** What the database itself declares, whatever the mapping says. */
function checkForeignKeys({ old, mapping }: Source, problems: Problems): void {
  const broken = new Map<string, number>();
  for (const { table, parent } of old.iterate("PRAGMA foreign_key_check")) {
    const known = mapping.tables[String(table)];
    if (known === undefined || "ignored" in known) continue;
    const pair = `rows of ${table} refer to no row of ${parent}`;
    broken.set(pair, (broken.get(pair) ?? 0) + 1);
  }
  for (const [pair, count] of broken) problems.addGeneral(`SQLite's foreign_key_check: ${count} ${pair}`);
}
