import type { ClientBase } from "pg";

/** What is in a table, whatever the order of its rows. */
export interface TableFingerprint {
  /** `public.sessions` */
  readonly table: string;
  readonly rows: number;
  /** Sum of the hashes of all rows. */
  readonly hash: string;
}

/** Decide how a value is written as text, and whether every row is seen: with row security off, hiding one is an error. */
const settings = {
  search_path: "pg_catalog",
  row_security: "off",
  timezone: "UTC",
  datestyle: "ISO, YMD",
  intervalstyle: "iso_8601",
  extra_float_digits: "1",
  bytea_output: "hex",
  lc_monetary: "C",
};

/**
 * Tables with rows of their own. Those of extensions come with the extension; a materialised view holds what it did at
 * its last refresh, and a restore refreshes it.
 */
const tables = `
  SELECT format('%I.%I', nspname, relname) AS name, format('%s.%s', nspname, relname) AS table
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind = 'r' AND relpersistence <> 't'
    AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
  ORDER BY 2`;

/** Has values written as the same text on any server, for the rest of the transaction; only `pg_catalog` is searched. */
export async function pinTexts(client: ClientBase): Promise<void> {
  for (const [name, value] of Object.entries(settings))
    await client.query("SELECT set_config($1, $2, true)", [name, value]);
}

/** Rows, and the sum of their hashes, of what follows it as `FROM`. @param row as a statement has it: `(t.*)`. */
export const countAndHash = (row: string): string =>
  `SELECT count(*) AS rows, coalesce(sum(hashtextextended(${row}::text, 0)::numeric), 0)::text AS hash`;

/**
 * Counts and hashes the rows of every table, as the open transaction sees them; equal data has equal fingerprints on any
 * server of PostgreSQL 17. Sequences are not in it: they stand outside of transactions.
 *
 * @param client in a transaction, which is to be REPEATABLE READ where others write.
 */
export async function fingerprint(client: ClientBase): Promise<TableFingerprint[]> {
  await pinTexts(client);
  const { rows: all } = await client.query<{ name: string; table: string }>(tables);
  const found: TableFingerprint[] = [];
  for (const { name, table } of all) {
    const { rows } = await client.query<{ rows: string; hash: string }>(
      `${countAndHash("(t.*)")} FROM ONLY ${name} AS t`,
    );
    found.push({ table, rows: Number(rows[0]!.rows), hash: rows[0]!.hash });
  }
  return found;
}

/** What is not the same, a line a table: `public.sessions has 3 rows instead of 4`. */
export function differences(
  expected: readonly TableFingerprint[],
  found: readonly TableFingerprint[],
): string[] {
  const byTable = new Map(found.map((each) => [each.table, each]));
  const expectedTables = new Set(expected.map(({ table }) => table));
  return [
    ...expected.flatMap(({ table, rows, hash }) => {
      const other = byTable.get(table);
      if (other === undefined) return [`${table} is missing`];
      if (other.rows !== rows) return [`${table} has ${other.rows} rows instead of ${rows}`];
      return other.hash === hash ? [] : [`${table} has other content in its ${rows} rows`];
    }),
    ...found.filter(({ table }) => !expectedTables.has(table)).map(({ table }) => `${table} is not expected`),
  ];
}
