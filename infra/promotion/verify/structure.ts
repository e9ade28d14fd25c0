/** What both sides have to have alike besides rows: tables, columns, indexes, constraints, and sequences that are far enough. */
import { absent, type Difference, differenceOf, type Sequences } from "./contract.ts";
import type { Readers, Sides } from "./readers.ts";

interface Part {
  readonly kind: "column" | "index" | "constraint";
  /** `public.sessions` */
  readonly table: string;
  readonly place: string;
  readonly definition: string;
}

/** Ordinary tables of the schema `public`, as `movedTables` has them. */
const tables = `
  SELECT c.oid, format('%I.%I', nspname, relname) AS "table"
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
  WHERE relkind = 'r' AND relpersistence <> 't' AND nspname = 'public'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')`;

/** Of constraints the server makes names of its own for those that columns have anyway. */
const parts = `
  WITH moved AS (${tables})
  SELECT 'column' AS kind, "table", format('%s.%I', "table", attname) AS place,
    concat_ws(' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END,
      CASE WHEN attidentity <> '' THEN 'identity' END,
      CASE WHEN adbin IS NOT NULL THEN concat(CASE WHEN attgenerated <> '' THEN 'generated ' ELSE 'default ' END, pg_get_expr(adbin, adrelid)) END) AS definition
  FROM moved JOIN pg_attribute ON attrelid = moved.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  UNION ALL
  SELECT 'index', "table", format('index public.%I', relname),
    concat(pg_get_indexdef(indexrelid), CASE WHEN NOT (indisvalid AND indisready AND indislive) THEN ' (invalid)' END)
  FROM moved JOIN pg_index ON indrelid = moved.oid JOIN pg_class ON pg_class.oid = indexrelid
  WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
  UNION ALL
  SELECT 'constraint', "table", format('constraint %I of %s', conname, "table"),
    concat(pg_get_constraintdef(pg_constraint.oid),
      CASE WHEN EXISTS (SELECT FROM pg_trigger WHERE tgconstraint = pg_constraint.oid AND tgenabled <> 'O') THEN ' (not enforced)' END)
  FROM moved JOIN pg_constraint ON conrelid = moved.oid
  WHERE contype IN ('p', 'u', 'f', 'c', 'x')
  ORDER BY 1, 3`;

const sequences = `
  SELECT format('%I.%I', nspname, relname) AS quoted, seqincrement AS increment
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace JOIN pg_sequence ON seqrelid = c.oid
  WHERE nspname = 'public'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
  ORDER BY 1`;

/** Tables with all that belongs to them. Of a table that only one side has nothing more is said. */
export async function compareStructure(sides: Sides): Promise<Difference[]> {
  const difference = differenceOf(sides);
  const [sourceTables, targetTables] = await ofBoth(sides, async (side) => {
    const rows = await side.rows<{ table: string }>(tables);
    return new Map(rows.map(({ table }) => [table, "there"]));
  });
  const found = uneven(sourceTables, targetTables).map(([table, pair]) => difference("table", table, pair));
  const isCommon = ({ table }: Part) => sourceTables.has(table) && targetTables.has(table);
  const [source, target] = await ofBoth(sides, async (side) =>
    (await side.rows<Part>(parts)).filter(isCommon),
  );
  for (const kind of ["column", "constraint", "index"] as const) {
    const [one, other] = [source, target].map(
      (all) =>
        new Map(all.filter((part) => part.kind === kind).map(({ place, definition }) => [place, definition])),
    ) as [Map<string, string>, Map<string, string>];
    found.push(...uneven(one, other).map(([place, pair]) => difference(kind, place, pair)));
  }
  return found;
}

/**
 * A sequence of the target may be further than the source's, and never behind it.
 *
 * @param then where the source's were. Default: where they are now.
 */
export async function compareSequences(sides: Sides, then?: Sequences): Promise<Difference[]> {
  const difference = differenceOf(sides);
  const [source, target] = await Promise.all([then ?? nextValues(sides.source), nextValues(sides.target)]);
  return [...source].flatMap(([quoted, { next, increment }]) => {
    const other = target.get(quoted);
    const isFar = other !== undefined && (increment > 0n ? other.next >= next : other.next <= next);
    if (isFar) return [];
    const there = other === undefined ? absent : `next value ${other.next}`;
    return [difference("sequence", `sequence ${quoted}`, [`next value ${next}`, there])];
  });
}

export async function nextValues(side: Pick<Readers, "rows">): Promise<Sequences> {
  const found = new Map<string, { next: bigint; increment: bigint }>();
  for (const each of await side.rows<{ quoted: string; increment: string }>(sequences)) {
    const increment = BigInt(each.increment);
    const [row] = await side.rows<{ value: string; isCalled: boolean }>(
      `SELECT last_value AS value, is_called AS "isCalled" FROM ${each.quoted}`,
    );
    found.set(each.quoted, { increment, next: BigInt(row!.value) + (row!.isCalled ? increment : 0n) });
  }
  return found;
}

/** What is not the same under a name, with what both have in its place. */
function uneven(
  source: ReadonlyMap<string, string>,
  target: ReadonlyMap<string, string>,
): [string, readonly [string, string]][] {
  const names = [...new Set([...source.keys(), ...target.keys()])];
  return names
    .filter((name) => source.get(name) !== target.get(name))
    .map((name) => [name, [source.get(name) ?? absent, target.get(name) ?? absent]]);
}

const ofBoth = <T>(sides: Sides, ask: (side: Readers) => Promise<T>): Promise<[T, T]> =>
  Promise.all([ask(sides.source), ask(sides.target)]);
