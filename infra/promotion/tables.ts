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

/** No extension's, and none of the schemas `drizzle`, `bullmq` and `promotion`, which are each side's own. */
const isMoved = `relpersistence <> 't' AND nspname = 'public'
       AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')`;

/** Every table of the schema `public` that has rows of its own, by name: of a partitioned one its partitions. */
export async function movedTables(client: Pick<ClientBase, "query">): Promise<MovedTable[]> {
  const { rows } = await client.query<MovedTable>(
    `SELECT nspname AS schema, relname AS name, format('%I.%I', nspname, relname) AS quoted,
       greatest(reltuples, 0)::float8 AS "estimatedRows",
       (pg_relation_size(pg_class.oid) / current_setting('block_size')::int)::float8 AS blocks,
       pg_total_relation_size(pg_class.oid)::float8 AS bytes
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE relkind = 'r' AND ${isMoved}
     ORDER BY relname COLLATE "C"`,
  );
  return rows;
}

/**
 * Every table that a statement can write to, quoted: partitioned ones too, whose partitions' triggers a statement on them does
 * not fire (https://www.postgresql.org/docs/17/trigger-definition.html).
 */
export async function writtenTables(client: Pick<ClientBase, "query">): Promise<string[]> {
  const { rows } = await client.query<{ quoted: string }>(
    `SELECT format('%I.%I', nspname, relname) AS quoted
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE relkind IN ('r', 'p') AND ${isMoved}
     ORDER BY relname COLLATE "C"`,
  );
  return rows.map(({ quoted }) => quoted);
}
