import { z } from "zod";
import { type ConversionName, conversions } from "./conversions.ts";
import { entities, type Entity, fieldsOf } from "./entities.ts";

const names = <Name extends string>(of: Readonly<Record<Name, unknown>>) =>
  Object.keys(of) as [Name, ...Name[]];
const oneOf = <Name extends string>(all: [Name, ...Name[]]) =>
  z.enum(all, { error: `must be one of ${all.join(", ")}` });
const words = z.record(z.string(), z.string());

const ignored = z.strictObject({ ignored: z.string().min(1, "say why it is left behind") });
const columnSchema = z.strictObject({
  /** A field of the entity that its table becomes. */
  becomes: z.string(),
  as: oneOf<ConversionName>(names(conversions)),
  choices: words.optional(),
  rename: words.optional(),
});
const tableSchema = z.strictObject({
  becomes: oneOf<Entity>(names(entities)),
  columns: z.record(
    z.string(),
    z.union([columnSchema, ignored], { error: `must have becomes and as, or ignored` }),
  ),
});
const schema = z.strictObject({
  tables: z.record(
    z.string(),
    z.union([tableSchema, ignored], { error: `must have becomes and columns, or ignored` }),
  ),
});

export type Column = z.output<typeof columnSchema>;
export type Table = z.output<typeof tableSchema>;
export type Mapping = z.output<typeof schema>;

/** All that is wrong with a mapping, a line each, with its place. */
export class MappingError extends Error {
  override readonly name = "MappingError";
}

/**
 * A mapping that somebody has written.
 *
 * @param name of its file, for the error.
 * @throws {MappingError}
 */
export function readMapping(written: unknown, name: string): Mapping {
  const parsed = schema.safeParse(written);
  if (!parsed.success) {
    throw refused(
      name,
      parsed.error.issues.flatMap((issue) => deepest(issue, [])),
    );
  }
  checkMapping(parsed.data, name);
  return parsed.data;
}

/** Of the ways in which something can be meant, the first is the one that people write. */
function deepest(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): string[] {
  const path = [...above, ...issue.path];
  const [first] = issue.code === "invalid_union" ? issue.errors : [];
  const isMeant = first?.some(({ code }) => code !== "invalid_type") ?? false;
  if (isMeant) return first!.flatMap((each) => deepest(each, path));
  return [`${path.join(".")}: ${issue.message}`];
}

const refused = (name: string, problems: readonly string[]) =>
  new MappingError(
    [`${name} is not as a mapping must be:`, ...problems.map((each) => `- ${each}`)].join("\n"),
  );

/** What a schema does not say: that each entity has one table, and each field a column that it can be read from. */
export function checkMapping(mapping: Mapping, name: string): void {
  const problems = Object.keys(entities).flatMap((entity) => {
    const found = Object.entries(mapping.tables).filter(
      ([, each]) => "becomes" in each && each.becomes === entity,
    );
    if (found.length === 1) return [];
    const which = found.map(([old]) => old).join(", ") || "none";
    return [`tables: exactly one must become ${entity}, and it is ${which}`];
  });
  for (const [old, each] of Object.entries(mapping.tables))
    if ("becomes" in each) problems.push(...checkTable(old, each));
  if (problems.length > 0) throw refused(name, problems);
}

function checkTable(old: string, table: Table): string[] {
  const { becomes, columns } = table;
  const fields = fieldsOf(becomes);
  const used = new Set(Object.values(columns).flatMap((each) => ("becomes" in each ? [each.becomes] : [])));
  const missing = Object.entries(fields)
    .filter(([name, { optional }]) => !optional && !used.has(name))
    .map(([name]) => `tables.${old}.columns: none becomes ${name}, which every row of ${becomes} has`);
  const several = Object.entries(fields)
    .map(([name, { single }]) => ({ name, from: single ? columnsOf(table, name) : [] }))
    .filter(({ from }) => from.length > 1)
    .map(
      ({ name, from }) =>
        `tables.${old}.columns: ${from.join(", ")} become ${name}, which takes one column; say of the others why they are ignored, or make one of them in the old database`,
    );
  return [
    ...missing,
    ...several,
    ...Object.entries(columns).flatMap(([name, each]) =>
      "becomes" in each ? checkColumn(`tables.${old}.columns.${name}`, each, becomes) : [],
    ),
  ];
}

function checkColumn(place: string, column: Column, entity: Entity): string[] {
  const fields = fieldsOf(entity);
  const field = Object.hasOwn(fields, column.becomes) ? fields[column.becomes] : undefined;
  if (field === undefined)
    return [
      `${place}.becomes: ${entity} have no ${JSON.stringify(column.becomes)}; they have ${Object.keys(fields).join(", ")}`,
    ];
  const fitting = Object.entries(conversions).filter(([, { yields }]) => yields === field.type);
  if (!fitting.some(([name]) => name === column.as))
    return [
      `${place}.as: ${column.becomes} is a ${field.type}, which ${fitting.map(([name]) => name).join(" or ")} reads, not ${column.as}`,
    ];
  if (column.as !== "choice") return [];
  if (column.choices === undefined) return [`${place}.choices: say what each old value is`];
  return Object.entries(column.choices)
    .filter(([, value]) => !field.choices!.includes(value))
    .map(
      ([old, value]) =>
        `${place}.choices.${old}: is ${JSON.stringify(value)}; must be one of ${field.choices!.join(", ")}`,
    );
}

/** The old table that becomes an entity. */
export function tableOf(mapping: Mapping, entity: Entity): { readonly name: string } & Table {
  const [name, table] = Object.entries(mapping.tables).find(
    (each): each is [string, Table] => "becomes" in each[1] && each[1].becomes === entity,
  )!;
  return { name, ...table };
}

/** The columns that become a field: more than one where each row uses one of them. */
export const columnsOf = ({ columns }: Table, field: string): string[] =>
  Object.entries(columns)
    .filter(([, each]) => "becomes" in each && each.becomes === field)
    .map(([name]) => name);
