import type { Client } from "pg";
import { PromotionError } from "../contract.ts";
import { movedTables, type MovedTable } from "../tables.ts";
import { on } from "./connections.ts";

/** A table that is on both sides, and how its rows are copied. */
export interface CopiedTable extends MovedTable {
  /** Quoted, with commas between; without those that are computed of others. */
  readonly columns: string;
  /** Whether the binary form of its values means the same on both sides. */
  readonly isBinary: boolean;
}

interface Column {
  readonly table: string;
  readonly name: string;
  readonly quoted: string;
  readonly type: string;
  readonly generated: boolean;
  readonly isPortable: boolean;
}

/**
 * Of all tables in `public`. The binary form is portable where the type is the server's own or an enumeration, or an
 * array of those; not where it holds the number of something that has another one on the other side, as `regclass` does.
 * What an extension's or a composite type holds, nobody knows.
 */
const columns = `
  SELECT format('%I.%I', nspname, relname) AS table, attname AS name, quote_ident(attname) AS quoted,
    format_type(atttypid, atttypmod) AS type, attgenerated <> '' AS generated,
    base.typtype = 'e' OR base.typtype <> 'c' AND base.typnamespace = 'pg_catalog'::regnamespace
      AND base.typname !~ '^reg' AND base.typsend <> 0 AND base.typreceive <> 0
      AS "isPortable"
  FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN pg_type AS own ON own.oid = atttypid
    JOIN pg_type AS base ON base.oid = CASE WHEN own.typelem <> 0 THEN own.typelem ELSE own.oid END
  WHERE nspname = 'public' AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
  ORDER BY attrelid, attnum`;

/** @throws PromotionError with every difference of tables and columns; their order does not matter. */
export async function copiedTables(source: Client, target: Client): Promise<CopiedTable[]> {
  const from = await on("source", "reading its tables", () => read(source));
  const to = await on("target", "reading its tables", () => read(target));
  const wrong = [
    ...from.tables.flatMap((table) => differencesOf(table.quoted, from, to)),
    ...to.tables
      .filter(({ quoted }) => !from.columns.has(quoted))
      .map(({ quoted }) => `${quoted} is on the target only`),
  ];
  if (wrong.length > 0)
    throw new PromotionError(
      ["Source and target have not the same tables; migrate both with the same version:", ...wrong].join(
        "\n- ",
      ),
    );
  return from.tables.map((table) => {
    const own = from.columns.get(table.quoted)!.filter(({ generated }) => !generated);
    return {
      ...table,
      columns: own.map(({ quoted }) => quoted).join(", "),
      isBinary: from.version === to.version && own.every(({ isPortable }) => isPortable),
    };
  });
}

interface Read {
  readonly version: string;
  readonly tables: readonly MovedTable[];
  readonly columns: ReadonlyMap<string, readonly Column[]>;
}

async function read(client: Client): Promise<Read> {
  const tables = await movedTables(client);
  const { rows } = await client.query<Column>(columns);
  const version = await client.query<{ major: string }>(
    "SELECT current_setting('server_version_num')::int / 10000 AS major",
  );
  return {
    version: String(version.rows[0]!.major),
    tables,
    columns: new Map(tables.map(({ quoted }) => [quoted, rows.filter(({ table }) => table === quoted)])),
  };
}

function differencesOf(table: string, source: Read, target: Read): string[] {
  const [from, to] = [source.columns.get(table)!, target.columns.get(table)];
  if (to === undefined) return [`${table} is on the source only`];
  const names = new Set([...from, ...to].map(({ name }) => name));
  return [...names].flatMap((name) => {
    const [own, other] = [from, to].map((all) => describe(all.find((column) => column.name === name)));
    return own === other ? [] : [`${table}: column ${name} ${own} on the source and ${other} on the target`];
  });
}

const describe = (column: Column | undefined): string =>
  column === undefined ? "is missing" : `is ${column.type}${column.generated ? ", generated," : ""}`;
