import type { ClientBase } from "pg";

/** A table whose rows a promotion moves. */
export interface MovedTable {
  readonly schema: string;
  readonly name: string;
  /** `public."order"`: as a statement has it. */
  readonly quoted: string;
  /** As the server estimates them; 0 where it has never looked. */
  readonly estimatedRows: number;
  /** Blocks of its rows: what ranges of `ctid` go up to. */
  readonly blocks: number;
  /** With its indexes and whatever else belongs to it. */
  readonly bytes: number;
}

/**
 * Every ordinary table of the schema `public` that is no extension's, by name. The schemas `drizzle`, `bullmq` and
 * `promotion` are each side's own.
 */
export async function movedTables(client: Pick<ClientBase, "query">): Promise<MovedTable[]> {
  const { rows } = await client.query<MovedTable>(
    `SELECT nspname AS schema, relname AS name, format('%I.%I', nspname, relname) AS quoted,
       greatest(reltuples, 0)::float8 AS "estimatedRows",
       (pg_relation_size(pg_class.oid) / current_setting('block_size')::int)::float8 AS blocks,
       pg_total_relation_size(pg_class.oid)::float8 AS bytes
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE relkind = 'r' AND relpersistence <> 't' AND nspname = 'public'
       AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
     ORDER BY relname COLLATE "C"`,
  );
  return rows;
}
