import { withClient } from "../../../../app/backup/connection.ts";
import type { End } from "../../../../infra/promotion/verify/contract.ts";
import { type MemoryStore, memoryStore } from "../objects/memory-store.ts";
import { emptyDatabase } from "../../../support/postgres.ts";

export type TestEnd = End & { readonly objects: MemoryStore };

const tables = [
  `CREATE TABLE things (
     id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text, note jsonb, raw bytea, at timestamptz,
     much float8, lasts interval, price numeric, "odd ""name" int DEFAULT 7)`,
  "CREATE INDEX things_name ON things (name)",
  `CREATE TABLE parts (
     thing_id bigint NOT NULL CONSTRAINT parts_thing REFERENCES things, no int, label text NOT NULL UNIQUE,
     PRIMARY KEY (thing_id, no), CONSTRAINT parts_no CHECK (no >= 0))`,
  `CREATE INDEX parts_first ON parts (label) WHERE no = 1`,
  "CREATE TABLE nameless (x int)",
  "CREATE TABLE nothing ()",
  // So long that it is read in more than one piece.
  "CREATE TABLE large (id uuid PRIMARY KEY, body text)",
  "ALTER TABLE large ALTER COLUMN body SET STORAGE PLAIN",
  "CREATE SEQUENCE numbers",
  "CREATE SEQUENCE downwards INCREMENT -5 MAXVALUE 100 MINVALUE -1000000 START 100",
];

/** The same rows in either order: on the disk they are then elsewhere. */
const rows = (order: "ASC" | "DESC") => [
  `INSERT INTO things (id, name, note, raw, at, much, lasts, price) OVERRIDING SYSTEM VALUE
   SELECT i, CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'thing ' || i END, jsonb_build_object('i', i, 'text', 'ä'),
     decode(md5(i::text), 'hex'), '2026-11-26T12:00:00Z'::timestamptz + i * interval '1 hour', 1.0 / i, i * interval '1 day', i / 7.0
   FROM generate_series(1, 3000) AS i ORDER BY i ${order}`,
  `INSERT INTO parts SELECT 1 + i / 2, i % 2, 'part ' || i FROM generate_series(1, 2000) AS i ORDER BY i ${order}`,
  `INSERT INTO nameless SELECT i % 10 FROM generate_series(1, 100) AS i ORDER BY i ${order}`,
  `INSERT INTO large SELECT md5(i::text)::uuid, repeat(md5(i::text), 200) FROM generate_series(1, 2200) AS i ORDER BY i ${order}`,
  "SELECT setval('things_id_seq', 3000), setval('numbers', 41), nextval('downwards'), nextval('downwards')",
];

export async function query(url: string, ...statements: readonly string[]): Promise<void> {
  await withClient(url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

async function start(name: string, order: "ASC" | "DESC", settings: Readonly<Record<string, string>>) {
  const databaseUrl = await emptyDatabase();
  const database = new URL(databaseUrl).pathname.slice(1);
  const set = Object.entries(settings).map(([each, to]) => `ALTER DATABASE ${database} SET ${each} TO ${to}`);
  await query(databaseUrl, ...set, ...tables, ...rows(order));
  const objects = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [`org/${index}`, `picture ${index}`]),
  );
  return { name, databaseUrl, objects: memoryStore({ ...objects, [`promotion/${name}`]: "its own" }) };
}

/** Two sides with the same content, on servers that are set differently. */
export async function startSides(): Promise<{ source: TestEnd; target: TestEnd }> {
  const [source, target] = await Promise.all([
    start("mvp", "ASC", {
      timezone: "'Asia/Tokyo'",
      datestyle: "'German'",
      extra_float_digits: "-10",
      bytea_output: "'escape'",
    }),
    start("scale", "DESC", { timezone: "'UTC'", intervalstyle: "'iso_8601'", extra_float_digits: "3" }),
  ]);
  return { source, target };
}
