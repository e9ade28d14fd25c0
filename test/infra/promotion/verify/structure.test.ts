import { beforeAll, describe, expect, test } from "vitest";
import { changed, compare, prepare, target } from "./compare.ts";
import { query } from "./sides.ts";

beforeAll(prepare);

describe("of the structure", () => {
  test.each([
    [
      "a sequence that is behind",
      "SELECT setval('numbers', 40)",
      "SELECT setval('numbers', 41)",
      "sequence public.numbers: next value 42 on mvp, next value 41 on scale",
    ],
    [
      "a sequence that was never called",
      "SELECT setval('things_id_seq', 1, false)",
      "SELECT setval('things_id_seq', 3000)",
      "sequence public.things_id_seq: next value 3001 on mvp, next value 1 on scale",
    ],
    [
      "a sequence that goes downwards",
      "SELECT setval('downwards', 100)",
      "SELECT setval('downwards', 95)",
      "sequence public.downwards: next value 90 on mvp, next value 95 on scale",
    ],
    [
      "a sequence that is missing",
      "DROP SEQUENCE numbers",
      "CREATE SEQUENCE numbers; SELECT setval('numbers', 41)",
      "sequence public.numbers: next value 42 on mvp, missing on scale",
    ],
    [
      "an index that is missing",
      "DROP INDEX things_name",
      "CREATE INDEX things_name ON public.things (name)",
      "index public.things_name: CREATE INDEX things_name ON public.things USING btree (name) on mvp, missing on scale",
    ],
    [
      "an index that is another one",
      "DROP INDEX parts_first; CREATE INDEX parts_first ON parts (label)",
      "DROP INDEX parts_first; CREATE INDEX parts_first ON parts (label) WHERE no = 1",
      "index public.parts_first: CREATE INDEX parts_first ON public.parts USING btree (label) WHERE (no = 1) on mvp, CREATE INDEX parts_first ON public.parts USING btree (label) on scale",
    ],
    [
      "an index that is invalid",
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'things_name'::regclass",
      "REINDEX INDEX things_name",
      "index public.things_name: CREATE INDEX things_name ON public.things USING btree (name) on mvp, CREATE INDEX things_name ON public.things USING btree (name) (invalid) on scale",
    ],
    [
      "a foreign key that is not validated",
      "ALTER TABLE parts DROP CONSTRAINT parts_thing; ALTER TABLE parts ADD CONSTRAINT parts_thing FOREIGN KEY (thing_id) REFERENCES things NOT VALID",
      "ALTER TABLE parts VALIDATE CONSTRAINT parts_thing",
      "constraint parts_thing of public.parts: FOREIGN KEY (thing_id) REFERENCES public.things(id) on mvp, FOREIGN KEY (thing_id) REFERENCES public.things(id) NOT VALID on scale",
    ],
    [
      "a foreign key that nothing enforces",
      "ALTER TABLE parts DISABLE TRIGGER ALL",
      "ALTER TABLE parts ENABLE TRIGGER ALL",
      "constraint parts_thing of public.parts: FOREIGN KEY (thing_id) REFERENCES public.things(id) on mvp, FOREIGN KEY (thing_id) REFERENCES public.things(id) (not enforced) on scale",
    ],
    [
      "a primary key that is missing",
      "ALTER TABLE large DROP CONSTRAINT large_pkey; ALTER TABLE large ALTER COLUMN id SET NOT NULL",
      "ALTER TABLE large ADD PRIMARY KEY (id)",
      "constraint large_pkey of public.large: PRIMARY KEY (id) on mvp, missing on scale",
    ],
    [
      "a unique key and a check that are missing",
      "ALTER TABLE parts DROP CONSTRAINT parts_label_key, DROP CONSTRAINT parts_no",
      "ALTER TABLE parts ADD UNIQUE (label), ADD CONSTRAINT parts_no CHECK (no >= 0)",
      "constraint parts_label_key of public.parts: UNIQUE (label) on mvp, missing on scale\nconstraint parts_no of public.parts: CHECK ((no >= 0)) on mvp, missing on scale",
    ],
    [
      "a table that is missing",
      "DROP TABLE nothing",
      "CREATE TABLE nothing ()",
      "public.nothing: there on mvp, missing on scale",
    ],
    [
      "a table that only the target has",
      "CREATE TABLE more (id int PRIMARY KEY)",
      "DROP TABLE more",
      "public.more: missing on mvp, there on scale",
    ],
    [
      "a column that is of another kind",
      `ALTER TABLE nameless ALTER x TYPE bigint`,
      "ALTER TABLE nameless ALTER x TYPE int",
      "public.nameless.x: integer on mvp, bigint on scale",
    ],
    [
      "a column without its default",
      `ALTER TABLE things ALTER "odd ""name" DROP DEFAULT`,
      `ALTER TABLE things ALTER "odd ""name" SET DEFAULT 7`,
      `public.things."odd ""name": integer default 7 on mvp, integer on scale`,
    ],
    [
      "a column that only the target has",
      "ALTER TABLE things ADD more text",
      "ALTER TABLE things DROP more",
      "public.things.more: missing on mvp, text on scale",
    ],
  ])("%s is found and named", async (_, change, mend, expected) => {
    expect((await changed(change, mend)).join("\n")).toBe(expected);
  });

  test("a sequence of the target that is further is none", async () => {
    await query(target.databaseUrl, "SELECT setval('numbers', 100), setval('downwards', -100)");
    expect(await compare()).toEqual([""]);
  });
});
