import type { Readers } from "./readers.ts";
import { scan } from "./scan.ts";
import { type ComparedTable, rowOf } from "./tables.ts";

interface Comparing {
  readonly source: Readers;
  readonly target: Readers;
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A table on one side, and what statements say of its rows. */
interface Place {
  readonly side: Readers;
  readonly table: ComparedTable;
  /** The primary key as text. */
  readonly name: string;
  readonly hash: string;
  readonly group: string;
  readonly limits: Pick<Comparing, "jobs" | "signal">;
}

interface Row {
  readonly name: string;
  readonly hash: string;
  readonly ctid: string;
}

/** Keys that are told; whoever mends it needs no more to find the cause. */
const told = 10;
/** Rows are put into groups by the hash of their key; groups that are the same on both sides are not looked into. */
const groups = { most: 4_096, rows: 500 };

const hashOf = (value: string) => `hashtextextended(${value}::text, 0)`;

/**
 * Says of a table whose content differs which rows do, by their primary keys, and in which columns.
 *
 * @param tables the source's and the target's, with the same columns.
 * @param rows about as many as there are.
 */
export async function whichRows(
  { source, target, ...limits }: Comparing,
  tables: readonly [ComparedTable, ComparedTable],
  rows: number,
): Promise<string> {
  const { key, columns } = tables[0];
  if (key.length === 0 || key.some((column) => !columns.includes(column)))
    return "which rows cannot be said: it has no primary key";
  const name = key.length === 1 ? `t.${key[0]}::text` : `${rowOf(key)}::text`;
  const group = `mod(${hashOf(name)}, ${Math.min(groups.most, Math.ceil(rows / groups.rows) + 1)})`;
  const common = { name, group, hash: hashOf(rowOf(columns)), limits };
  const places = [
    { ...common, side: source, table: tables[0] },
    { ...common, side: target, table: tables[1] },
  ] as const;
  const [expected, found] = await both(places, sumsByGroup);
  const uneven = [...new Set([...expected.keys(), ...found.keys()])]
    .filter((each) => expected.get(each) !== found.get(each))
    .slice(0, told);
  const [there, here] = await both(places, (place) => rowsOf(place, uneven));
  const missing = [...there.keys()].filter((each) => !here.has(each));
  const extra = [...here.keys()].filter((each) => !there.has(each));
  const changed = [...there.values()].filter((row) => (here.get(row.name)?.hash ?? row.hash) !== row.hash);
  return [
    { what: "missing there", names: missing },
    { what: "only there", names: extra },
    { what: "not the same", names: await withColumns(places, changed.slice(0, told), here) },
  ]
    .filter(({ names }) => names.length > 0)
    .map(({ what, names }) => `${what}: ${names.toSorted().slice(0, told).join(", ")}`)
    .join("; ");
}

const both = <T>(
  [source, target]: readonly [Place, Place],
  ask: (place: Place) => Promise<T>,
): Promise<[T, T]> => Promise.all([ask(source), ask(target)]);

async function sumsByGroup({ side, table, group, hash, limits }: Place): Promise<Map<string, bigint>> {
  const found = new Map<string, bigint>();
  const statement = `SELECT ${group} AS "group", sum(${hash}::numeric)::text AS sum FROM ONLY ${table.quoted} AS t WHERE $range GROUP BY 1`;
  type Sum = { readonly group: string; readonly sum: string };
  await scan<Sum, ComparedTable>(side, [table], { ...limits, statement: () => statement }, (_, sums) => {
    for (const each of sums) found.set(each.group, (found.get(each.group) ?? 0n) + BigInt(each.sum));
  });
  return found;
}

async function rowsOf(
  { side, table, name, group, hash, limits }: Place,
  some: string[],
): Promise<Map<string, Row>> {
  const found = new Map<string, Row>();
  const statement = `SELECT ${name} AS name, ${hash} AS hash, ctid FROM ONLY ${table.quoted} AS t WHERE $range AND ${group} = ANY ($1::bigint[])`;
  const asked = { ...limits, statement: () => statement, values: [some] };
  await scan<Row, ComparedTable>(side, [table], asked, (_, rows) => {
    for (const each of rows) found.set(each.name, each);
  });
  return found;
}

/** Rows with the names of the columns that are not the same; of their values nothing is said. */
async function withColumns(
  places: readonly [Place, Place],
  rows: readonly Row[],
  others: ReadonlyMap<string, Row>,
): Promise<string[]> {
  const [{ side: source, table }, { side: target }] = places;
  const ask = async (side: Readers, ctids: readonly string[]) => {
    const hashes = table.columns.map((each) => hashOf(`t.${each}`)).join(", ");
    const found = await side.rows<{ name: string; hashes: (string | null)[] }>(
      `SELECT ${places[0].name} AS name, ARRAY[${hashes}]::text[] AS hashes FROM ONLY ${table.quoted} AS t WHERE ctid = ANY ($1::tid[])`,
      [ctids],
    );
    return new Map(found.map((each) => [each.name, each.hashes]));
  };
  const [was, is] = await Promise.all([
    ask(
      source,
      rows.map(({ ctid }) => ctid),
    ),
    ask(
      target,
      rows.map(({ name }) => others.get(name)!.ctid),
    ),
  ]);
  return rows.map(({ name }) => {
    const columns = table.columns.filter((_, index) => was.get(name)![index] !== is.get(name)![index]);
    return `${name} (${columns.join(", ")})`;
  });
}
