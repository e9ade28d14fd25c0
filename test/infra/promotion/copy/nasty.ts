/** A database with all that a copy can stumble over. */
import { withClient } from "../../../../app/backup/connection.ts";
import { fingerprint, type TableFingerprint } from "../../../../app/db/fingerprint.ts";
import { emptyDatabase } from "../../../support/postgres.ts";

/** What the migrations of both sides would have made. */
export const structure = `
  CREATE TYPE mood AS ENUM ('sad', 'o''kay', 'happy');
  CREATE TYPE pair AS (a integer, b text);
  CREATE DOMAIN short AS text CHECK (length(value) < 20);

  CREATE TABLE orgs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, gone text,
    CONSTRAINT orgs_name_unique UNIQUE (name) DEFERRABLE INITIALLY DEFERRED);
  ALTER TABLE orgs DROP COLUMN gone;
  COMMENT ON CONSTRAINT orgs_pkey ON orgs IS 'it''s the key';

  CREATE TABLE "Odd, ""na'me""" (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 3) PRIMARY KEY,
    "sel""ect" short, "Mood" mood, moods mood[], two pair, refers regclass, refer_all regclass[],
    doubled bigint GENERATED ALWAYS AS (id * 2) STORED,
    org uuid REFERENCES orgs ON DELETE CASCADE, "from" bigint,
    CONSTRAINT "the ""parent""" FOREIGN KEY ("from") REFERENCES "Odd, ""na'me""" DEFERRABLE);
  CREATE INDEX "Lower ""x""" ON "Odd, ""na'me""" (lower("sel""ect")) WITH (fillfactor = 70) WHERE id > 7;
  COMMENT ON INDEX "Lower ""x""" IS 'small';
  ALTER INDEX "Lower ""x""" ALTER COLUMN 1 SET STATISTICS 500;

  CREATE TABLE kinds (n serial PRIMARY KEY, at timestamptz, day date, span interval, exact numeric(30, 10), real8 float8,
    raw bytea, doc jsonb, old json, words text[], grid integer[][], range int4range, ranges int8multirange, place inet, price money,
    bits bit varying(9), look tsvector, spot point, fixed char(5), log pg_lsn,
    EXCLUDE USING gist (range WITH &&) WHERE (n < 0));
  CREATE INDEX kinds_doc ON kinds USING gin (doc);
  CREATE UNIQUE INDEX kinds_spans ON kinds (n DESC NULLS LAST, day) INCLUDE (real8) NULLS NOT DISTINCT;
  ALTER TABLE kinds REPLICA IDENTITY USING INDEX kinds_pkey;
  ALTER TABLE kinds CLUSTER ON kinds_spans;

  CREATE TABLE big (id uuid PRIMARY KEY, org uuid NOT NULL REFERENCES orgs, body text);
  CREATE TABLE nothing (id integer);
  CREATE TABLE without_columns ();
  CREATE TABLE unkeyed (a integer, b integer NOT NULL CHECK (b > 0));
  ALTER TABLE unkeyed ADD CONSTRAINT unchecked FOREIGN KEY (a) REFERENCES kinds NOT VALID;

  CREATE TABLE parts (org uuid REFERENCES orgs, n integer, note text, PRIMARY KEY (n)) PARTITION BY RANGE (n);
  CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (100);
  CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (100) TO (1000);
  CREATE INDEX ON parts (note);
  CREATE INDEX parts_own ON parts_high (note, n);
  CREATE TABLE of_parts (n integer REFERENCES parts);

  CREATE SEQUENCE untouched START WITH 40;
  CREATE SEQUENCE "Down" INCREMENT BY -2 MAXVALUE 100 START WITH 100;

  CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := ''spoilt''; RETURN NEW; END';
  CREATE TRIGGER spoil BEFORE INSERT ON orgs FOR EACH ROW EXECUTE FUNCTION spoil();
  CREATE TRIGGER off BEFORE INSERT ON orgs FOR EACH ROW EXECUTE FUNCTION spoil();
  ALTER TABLE orgs DISABLE TRIGGER off;
  CREATE TRIGGER always BEFORE INSERT ON orgs FOR EACH ROW EXECUTE FUNCTION spoil();
  ALTER TABLE orgs ENABLE ALWAYS TRIGGER always;
  CREATE VIEW happy AS SELECT * FROM "Odd, ""na'me""" WHERE "Mood" = 'happy';
`;

/** Some of it in holes that were left, and some that nobody sees any more. */
const rows = `
  SET session_replication_role = replica;
  ALTER TABLE orgs DISABLE TRIGGER always;
  INSERT INTO orgs (id, name) SELECT gen_random_uuid(), 'org ' || n FROM generate_series(1, 50) n;
  ALTER TABLE orgs ENABLE ALWAYS TRIGGER always;
  INSERT INTO "Odd, ""na'me""" ("sel""ect", "Mood", moods, two, refers, refer_all, org)
    SELECT 'x' || n, 'happy'::mood, '{sad,NULL,"o''kay"}'::mood[], ROW(n, E'tab\\t"new\\nline\\\\')::pair, 'orgs'::regclass, '{kinds,big}'::regclass[], (SELECT id FROM orgs OFFSET n % 50 LIMIT 1)
    FROM generate_series(1, 500) n;
  UPDATE "Odd, ""na'me""" SET "from" = 5, "sel""ect" = NULL WHERE id % 2 = 0;
  INSERT INTO kinds SELECT n, CASE n % 3 WHEN 0 THEN 'infinity'::timestamptz WHEN 1 THEN '-infinity' ELSE now() + n * interval '1.000001 s' END,
    CASE WHEN n % 7 = 0 THEN 'infinity'::date END, make_interval(months => n, secs => 0.000001), n / 7.0,
    CASE n % 5 WHEN 0 THEN 'NaN'::float8 WHEN 1 THEN '-infinity' WHEN 2 THEN '-0' ELSE 1e-300 / n END,
    decode(md5(n::text), 'hex'), jsonb_build_object('n', n, 'nul', null, 'é\\', E'\\u2028'), '{"a": 1,  "a": 2}'::json,
    ARRAY['a', NULL, '', '"', '{}'], '[0:1][2:3]={{1,2},{3,NULL}}'::integer[], int4range(n, n + 5), '{[1,3),[5,)}'::int8multirange, '::1/64'::inet, n * 1.5::numeric::money,
    B'101', 'a:1 b:2'::tsvector, '(1.5,-0)'::point, 'é', '16/B374D848'::pg_lsn
    FROM generate_series(1, 2000) n;
  DELETE FROM kinds WHERE n % 10 = 0;
  SELECT setval('kinds_n_seq', 2000);
  INSERT INTO big SELECT gen_random_uuid(), (SELECT id FROM orgs LIMIT 1), (SELECT string_agg(md5((n * 1000 + m)::text), '') FROM generate_series(1, 2000) m)
    FROM generate_series(1, 150) n;
  UPDATE big SET body = body || 'x' WHERE random() < 0.3;
  INSERT INTO without_columns DEFAULT VALUES; INSERT INTO without_columns DEFAULT VALUES;
  INSERT INTO unkeyed SELECT 99999 - n, 1 FROM generate_series(1, 3) n;
  INSERT INTO unkeyed SELECT 99999 - n, 1 FROM generate_series(1, 3) n;
  INSERT INTO parts SELECT (SELECT id FROM orgs LIMIT 1), n, 'p' || n FROM generate_series(0, 999) n;
  INSERT INTO of_parts SELECT n % 1000 FROM generate_series(1, 2000) n;
  SELECT nextval('"Down"'), nextval('"Down"');
  RESET session_replication_role;
`;

export const query = (url: string, statement: string) => withClient(url, (client) => client.query(statement));

/** @returns the URL of one that has been migrated. */
export async function nastyTarget(): Promise<string> {
  const url = await emptyDatabase();
  await query(url, structure);
  return url;
}

export async function nastySource(): Promise<string> {
  const url = await nastyTarget();
  await query(url, rows);
  return url;
}

/** All that has to be equal after a copy. */
export interface Contents {
  readonly tables: readonly TableFingerprint[];
  readonly sequences: readonly unknown[];
  readonly structure: readonly unknown[];
}

const definitions = `
  SELECT 'index' AS kind, pg_get_indexdef(indexrelid) || (to_jsonb(pg_index)
      - '{indexrelid,indrelid,indclass,indexprs,indpred,indcheckxmin}'::text[]) AS definition,
    obj_description(indexrelid, 'pg_class') AS comment,
    (SELECT array_agg(attstattarget ORDER BY attnum) FROM pg_attribute WHERE attrelid = indexrelid)::text AS more
  FROM pg_index WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
  UNION ALL
  SELECT 'constraint', format('%s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated),
    obj_description(oid, 'pg_constraint'), format('%s %s %s', condeferrable, condeferred, conislocal)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL
  SELECT 'trigger', pg_get_triggerdef(oid), NULL, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT 'table', oid::regclass::text, NULL, format('%s %s', relreplident, relkind) FROM pg_class
  WHERE relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT 'schema', nspname, NULL, NULL FROM pg_namespace WHERE nspname !~ '^pg_'
  ORDER BY 1, 2`;

export const contents = (url: string): Promise<Contents> =>
  withClient(url, async (client) => {
    const { rows: structureFound } = await client.query(definitions);
    const names = await client.query<{ name: string }>(
      "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace ORDER BY 1",
    );
    const sequences = [];
    for (const { name } of names.rows)
      sequences.push(
        (await client.query(`SELECT $1 AS name, last_value, is_called FROM ${name}`, [name])).rows[0],
      );
    await client.query("BEGIN");
    const tables = (await fingerprint(client)).filter(({ table }) => table.startsWith("public."));
    return { tables, sequences, structure: structureFound };
  });

/** A source with rows and a target without, of the same tables. */
export async function copyOf(tables: string, content: string): Promise<[source: string, target: string]> {
  const [source, target] = [await emptyDatabase(), await emptyDatabase()];
  await query(source, tables);
  await query(source, content);
  await query(target, tables);
  return [source, target];
}
