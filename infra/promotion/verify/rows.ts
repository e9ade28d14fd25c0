import { countAndHash } from "../../../app/db/fingerprint.ts";
import type { Progress } from "../contract.ts";
import { counted, type Difference, differenceOf } from "./contract.ts";
import type { Readers, Sides } from "./readers.ts";
import { scan } from "./scan.ts";
import { type ComparedTable, comparedTables, rowOf } from "./tables.ts";
import { whichRows } from "./which-rows.ts";

export interface Limits {
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
  readonly report?: ((progress: Progress) => void) | undefined;
}

interface Comparing extends Sides, Limits {
  /** What was read of both sides before, and readers that see them as they were then. Absent: all is read now. */
  readonly ahead?: (Fingerprints & { readonly readers: Sides }) | undefined;
}

/** Rows, and the sum of their hashes. */
interface Content {
  readonly rows: bigint;
  readonly hash: bigint;
}

/** By what was read. */
type Contents = ReadonlyMap<string, Content>;

/** What was in the tables of both sides in one moment of each. */
export interface Fingerprints {
  readonly source: Contents;
  readonly target: Contents;
}

/** A table as the source and as the target have it, with the columns that both have. */
type Pair = readonly [source: ComparedTable, target: ComparedTable];

/** Reads all that both sides have. */
export async function fingerprints(sides: Sides, limits: Limits): Promise<Fingerprints> {
  const pairs = await pairsOf(sides);
  const [source, target] = await Promise.all([
    contents(sides.source, sourcesOf(pairs), limits, undefined, progressOf(pairs, limits)),
    contents(sides.target, targetsOf(pairs), limits),
  ]);
  return { source, target };
}

interface Compared {
  /** Of the source. */
  readonly rows: number;
  /** How many of them were read now. */
  readonly rowsRead: number;
  readonly differences: Difference[];
}

/** Compares what is in all tables that both sides have. */
export async function compareRows(comparing: Comparing): Promise<Compared> {
  const { source, target, ahead } = comparing;
  const pairs = await pairsOf(comparing);
  const tell = progressOf(pairs, comparing);
  let rowsRead = 0;
  const hear = (rows: bigint) => {
    rowsRead += Number(rows);
    tell(rows);
  };
  const [expected, found] = await Promise.all([
    ahead
      ? contentsSince(ahead.readers.source, ahead.source, source, sourcesOf(pairs), comparing, hear)
      : contents(source, sourcesOf(pairs), comparing, undefined, hear),
    ahead
      ? contentsSince(ahead.readers.target, ahead.target, target, targetsOf(pairs), comparing)
      : contents(target, targetsOf(pairs), comparing),
  ]);
  const isEven = ([table, other]: Pair): boolean => {
    const [one, two] = [expected.get(readOf(table)), found.get(readOf(other))];
    return one !== undefined && two !== undefined && one.rows === two.rows && one.hash === two.hash;
  };
  const uneven = pairs.filter((pair) => !isEven(pair));
  if (ahead && uneven.length > 0) return compareRows({ ...comparing, ahead: undefined });
  const differences: Difference[] = [];
  for (const [table, other] of uneven) {
    const [one, two] = [expected.get(readOf(table))!, found.get(readOf(other))!];
    const more = await whichRows(comparing, [table, other], Number(one.rows));
    const isOther = one.rows === two.rows ? ", with other content" : "";
    const values = [counted(one.rows, "row"), `${counted(two.rows, "row")}${isOther}`] as const;
    differences.push(differenceOf(comparing)("rows", table.quoted, values, more));
  }
  const rows = [...expected.values()].reduce((sum, content) => sum + Number(content.rows), 0);
  return { rows, rowsRead, differences };
}

async function pairsOf({ source, target }: Sides): Promise<Pair[]> {
  const [there, here] = await Promise.all([comparedTables(source), comparedTables(target)]);
  const names = new Map(here.map((table) => [table.quoted, table]));
  return there.flatMap((table) => {
    const other = names.get(table.quoted);
    if (other === undefined) return [];
    const columns = table.columns.filter((column) => other.columns.includes(column));
    return [
      [
        { ...table, columns },
        { ...other, columns, key: table.key },
      ] as const,
    ];
  });
}

const sourcesOf = (pairs: readonly Pair[]): ComparedTable[] => pairs.map(([table]) => table);
const targetsOf = (pairs: readonly Pair[]): ComparedTable[] => pairs.map(([, table]) => table);

function progressOf(pairs: readonly Pair[], { report }: Limits): (rows: bigint) => void {
  const estimated = pairs.reduce((sum, [table]) => sum + table.estimatedRows, 0);
  let done = 0;
  return (rows) => {
    done += Number(rows);
    report?.({ what: "rows", done, of: Math.max(done, estimated) });
  };
}

const statement = ({ quoted, columns }: ComparedTable): string =>
  `${countAndHash(rowOf(columns))} FROM ONLY ${quoted} AS t WHERE $range`;

/** Says whether two contents are of the same columns of the same file. */
const readOf = (table: ComparedTable): string => `${table.file}: ${statement(table)}`;

/** Of pieces rows and sums add up, whatever pieces they are. @param only condition on the rows. Default: all. */
async function contents(
  side: Readers,
  tables: readonly ComparedTable[],
  { jobs, signal }: Limits,
  only?: string,
  hear?: (rows: bigint) => void,
): Promise<Contents> {
  const found = new Map<string, Content>(tables.map((table) => [readOf(table), { rows: 0n, hash: 0n }]));
  const asked = (table: ComparedTable) => [statement(table), only].filter(Boolean).join(" AND ");
  await scan<{ rows: string; hash: string }, ComparedTable>(
    side,
    tables,
    { jobs, signal, statement: asked },
    (table, [piece]) => {
      const { rows, hash } = found.get(readOf(table))!;
      found.set(readOf(table), { rows: rows + BigInt(piece!.rows), hash: hash + BigInt(piece!.hash) });
      hear?.(BigInt(piece!.rows));
    },
  );
  return found;
}

/**
 * What is there now, by what was there before and what may have changed since. A row that is neither of a transaction that
 * the moment before may not have seen nor deleted, replaced or locked by any is there in both moments; of all others those
 * of before are taken off, and those of now are added. So they may be too many, and none is left out.
 *
 * @returns only of tables that were read before with the same columns, and not written anew since.
 */
async function contentsSince(
  before: Readers,
  then: Contents,
  now: Readers,
  tables: readonly ComparedTable[],
  limits: Limits,
  hear?: (rows: bigint) => void,
): Promise<Contents> {
  const [row] = await before.rows<{ oldest: string }>(
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text AS oldest",
  );
  const only = `(t.xmax <> '0'::xid OR age(t.xmin) <= age('${row!.oldest}'::xid))`;
  const known = tables.filter((table) => then.has(readOf(table)));
  const [gone, come] = await Promise.all([
    contents(before, known, limits, only),
    contents(now, known, limits, only, hear),
  ]);
  return new Map(
    known.map((table) => {
      const key = readOf(table);
      const [was, less, more] = [then.get(key)!, gone.get(key)!, come.get(key)!];
      return [key, { rows: was.rows - less.rows + more.rows, hash: was.hash - less.hash + more.hash }];
    }),
  );
}
