import { fence } from "../../../app/db/gate.ts";

/**
 * Selects phase, name, bytes, take and make of all that slows the copying of rows down, would check it in an order that
 * it has not, or would change it: indexes, constraints but those that look at one row, and triggers. `$1`: the moved
 * tables as JSON. Names are written in full while `search_path` is `pg_catalog`.
 *
 * Two things are left as they are: what a partition has by its partitioned table, as it can be taken away by that one
 * only; and invalid indexes, which nothing uses.
 *
 * An index is made by its own definition and becomes that of its constraint afterwards, as pg_dump does it for none: so
 * several can be built on one table at the same time, and its options stay. Only where it is no B-tree (as that of an
 * exclusion constraint) there is no such way, and the constraint builds it.
 */
export const definitions = `
  WITH moved AS (
    SELECT to_regclass(quoted) AS oid, quoted, bytes FROM json_to_recordset($1) AS (quoted text, bytes bigint)
  ),
  -- Partitioned tables hold no rows, and have foreign keys and triggers of their own.
  tables AS (
    SELECT oid, quoted, bytes FROM moved
    UNION ALL
    SELECT pg_class.oid, format('%I.%I', nspname, relname), 0
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = 'public' AND relkind = 'p'
  ),
  indexes AS (
    SELECT pg_index.*, quoted AS "table", bytes, format('%I.%I', nspname, pg_class.relname) AS index,
      own.oid AS "constraint", own.conname, own.contype, own.condeferrable, own.condeferred,
      own.oid IS NULL OR own.contype <> 'x' AND amname = 'btree' AS "isOwn"
    FROM moved JOIN pg_index ON indrelid = moved.oid
      JOIN pg_class ON pg_class.oid = indexrelid
      JOIN pg_namespace ON pg_namespace.oid = relnamespace
      JOIN pg_am ON pg_am.oid = relam
      LEFT JOIN pg_constraint AS own ON own.conindid = indexrelid AND own.contype IN ('p', 'u', 'x')
    WHERE NOT relispartition AND indisvalid
  ),
  foreign_keys AS (
    SELECT pg_constraint.*, quoted AS "table", bytes,
      EXISTS (SELECT FROM pg_class WHERE pg_class.oid IN (conrelid, confrelid) AND relkind = 'p') AS "isPartitioned"
    FROM tables JOIN pg_constraint ON conrelid = tables.oid AND contype = 'f' AND conparentid = 0
  ),
  triggers AS (
    SELECT pg_trigger.*, quoted AS "table"
    FROM tables JOIN pg_trigger ON tgrelid = tables.oid
    WHERE NOT tgisinternal AND tgparentid = 0 AND tgname <> '${fence}' AND tgenabled IN ('O', 'A')
  ),
  parts (sort, phase, name, bytes, take, make) AS (
    SELECT 1, 'indexes', format('index %s', index), bytes,
      CASE WHEN "constraint" IS NULL THEN format('DROP INDEX %s', index) END, pg_get_indexdef(indexrelid)
    FROM indexes WHERE "isOwn"

    UNION ALL
    SELECT 2, 'constraints', format('constraint %I of %s', conname, "table"), bytes,
      format('ALTER TABLE %s DROP CONSTRAINT %I', "table", conname),
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', "table", conname, CASE WHEN "isOwn" THEN
        format('%s USING INDEX %I%s', CASE contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, conname,
          CASE WHEN condeferred THEN ' DEFERRABLE INITIALLY DEFERRED' WHEN condeferrable THEN ' DEFERRABLE' END)
        ELSE pg_get_constraintdef("constraint") END)
    FROM indexes WHERE "constraint" IS NOT NULL

    UNION ALL
    SELECT 3, 'constraints', format('statistics of %s', index), bytes, NULL,
      format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', index, attnum, attstattarget)
    FROM indexes JOIN pg_attribute ON attrelid = indexrelid WHERE attstattarget >= 0

    UNION ALL
    SELECT 3, 'constraints', format('replica identity of %s', "table"), bytes, NULL,
      format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %s', "table", (SELECT quote_ident(relname) FROM pg_class WHERE oid = indexrelid))
    FROM indexes WHERE indisreplident

    UNION ALL
    SELECT 3, 'constraints', format('order of %s', "table"), bytes, NULL,
      format('ALTER TABLE %s CLUSTER ON %s', "table", (SELECT quote_ident(relname) FROM pg_class WHERE oid = indexrelid))
    FROM indexes WHERE indisclustered

    UNION ALL
    SELECT 3, 'constraints', format('comment on %s', index), bytes, NULL,
      format('COMMENT ON INDEX %s IS %L', index, obj_description(indexrelid, 'pg_class'))
    FROM indexes WHERE obj_description(indexrelid, 'pg_class') IS NOT NULL

    UNION ALL
    SELECT 3, 'constraints', format('comment on constraint %I of %s', conname, "table"), bytes, NULL,
      format('COMMENT ON CONSTRAINT %I ON %s IS %L', conname, "table", obj_description("constraint", 'pg_constraint'))
    FROM indexes WHERE obj_description("constraint", 'pg_constraint') IS NOT NULL

    UNION ALL
    -- From a partitioned table there is no NOT VALID before PostgreSQL 18, and to one its copies for the parts stay so.
    SELECT 4, 'constraints', format('foreign key %I of %s', conname, "table"), bytes,
      format('ALTER TABLE %s DROP CONSTRAINT %I', "table", conname),
      format('ALTER TABLE %s ADD CONSTRAINT %I %s%s', "table", conname, pg_get_constraintdef(oid),
        CASE WHEN convalidated AND NOT "isPartitioned" THEN ' NOT VALID' END)
    FROM foreign_keys

    UNION ALL
    SELECT 5, 'constraints', format('comment on constraint %I of %s', conname, "table"), bytes, NULL,
      format('COMMENT ON CONSTRAINT %I ON %s IS %L', conname, "table", obj_description(oid, 'pg_constraint'))
    FROM foreign_keys WHERE obj_description(oid, 'pg_constraint') IS NOT NULL

    UNION ALL
    SELECT 5, 'constraints', format('trigger %I of %s', tgname, "table"), 0,
      format('ALTER TABLE %s DISABLE TRIGGER %I', "table", tgname),
      format('ALTER TABLE %s ENABLE %s TRIGGER %I', "table", CASE tgenabled WHEN 'A' THEN 'ALWAYS' END, tgname)
    FROM triggers

    UNION ALL
    SELECT 6, 'statistics', format('statistics of %s', quoted), bytes, NULL, format('ANALYZE %s', quoted) FROM moved

    UNION ALL
    -- Those of one table wait for each other.
    SELECT 7, 'foreign keys', format('foreign key %I of %s', conname, "table"), bytes, NULL,
      format('ALTER TABLE %s VALIDATE CONSTRAINT %I', "table", conname)
    FROM foreign_keys WHERE convalidated AND NOT "isPartitioned"
  )
  SELECT phase, name, bytes, take, make FROM parts ORDER BY sort, bytes DESC, name`;
