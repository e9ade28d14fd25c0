import { beforeAll, describe, expect, test } from "vitest";
import type { Progress } from "../../../../infra/promotion/contract.ts";
import type { Measured } from "../../../../infra/promotion/verify/contract.ts";
import { toText } from "../../../../infra/promotion/verify/text.ts";
import { verifyObjects } from "../../../../infra/promotion/verify/objects.ts";
import { verify } from "../../../../infra/promotion/verify/verify.ts";
import { migratedDatabase } from "../../../support/postgres.ts";
import { memoryStore } from "../objects/memory-store.ts";
import { changed, compare, prepare, source, target } from "./compare.ts";
import { query, type TestEnd } from "./sides.ts";

beforeAll(prepare);

test("equal sides are the same, however their servers are set and wherever their rows lie", async () => {
  const said: Progress[] = [];
  const measured: Measured[] = [];
  const hear = {
    report: (each: Progress) => said.push(each),
    measured: (each: Measured) => measured.push(each),
  };
  expect(await verify({ source, target, objects: "all", ...hear })).toEqual([]);
  expect(measured).toEqual([
    {
      rows: 7_300,
      rowsRead: 7_300,
      objects: 30,
      rowsPerSecond: expect.any(Number) as number,
      objectsPerSecond: expect.any(Number) as number,
    },
  ]);
  expect(measured[0]!.rowsPerSecond).toBeGreaterThan(0);
  expect(said).toContainEqual({ what: "objects compared", done: 30, of: 30 });
  expect(said.findLast(({ what }) => what === "rows")).toMatchObject({ done: 7_300 });
});

describe("a row", () => {
  test.each([
    [
      "that is missing",
      "DELETE FROM things WHERE id = 2999",
      "INSERT INTO things (id, name, note, raw, at, much, lasts, price) OVERRIDING SYSTEM VALUE SELECT 2999, 'thing 2999', jsonb_build_object('i', 2999, 'text', 'ä'), decode(md5('2999'), 'hex'), '2026-11-26T12:00:00Z'::timestamptz + 2999 * interval '1 hour', 1.0 / 2999, 2999 * interval '1 day', 2999 / 7.0",
      "public.things: 3,000 rows on mvp, 2,999 rows on scale; missing there: 2999",
    ],
    [
      "that only the target has, with a key of two columns",
      "INSERT INTO parts VALUES (7, 99, 'new')",
      "DELETE FROM parts WHERE no = 99",
      "public.parts: 2,000 rows on mvp, 2,001 rows on scale; only there: (7,99)",
    ],
    [
      "with another byte in a text",
      "UPDATE things SET name = 'thinG 5' WHERE id = 5",
      "UPDATE things SET name = 'thing 5' WHERE id = 5",
      "public.things: 3,000 rows on mvp, 3,000 rows, with other content on scale; not the same: 5 (name)",
    ],
    [
      "with another byte in JSON",
      `UPDATE things SET note = jsonb_set(note, '{text}', '"a"') WHERE id = 5`,
      `UPDATE things SET note = jsonb_set(note, '{text}', '"ä"') WHERE id = 5`,
      "public.things: 3,000 rows on mvp, 3,000 rows, with other content on scale; not the same: 5 (note)",
    ],
    [
      "with another bit in bytes",
      "UPDATE things SET raw = set_bit(raw, 3, 1 - get_bit(raw, 3)) WHERE id = 5",
      "UPDATE things SET raw = set_bit(raw, 3, 1 - get_bit(raw, 3)) WHERE id = 5",
      "public.things: 3,000 rows on mvp, 3,000 rows, with other content on scale; not the same: 5 (raw)",
    ],
    [
      "with nothing in place of an empty text, and the other way round",
      "UPDATE things SET name = NULL WHERE id = 1; UPDATE things SET name = '' WHERE id = 3",
      "UPDATE things SET name = '' WHERE id = 1; UPDATE things SET name = NULL WHERE id = 3",
      "public.things: 3,000 rows on mvp, 3,000 rows, with other content on scale; not the same: 1 (name), 3 (name)",
    ],
    [
      "with a float and a moment that are off by the least",
      "UPDATE things SET much = much + 1e-17, at = at + interval '1 microsecond' WHERE id = 3000",
      "UPDATE things SET much = 1.0 / 3000, at = at - interval '1 microsecond' WHERE id = 3000",
      "public.things: 3,000 rows on mvp, 3,000 rows, with other content on scale; not the same: 3000 (at, much)",
    ],
    [
      "at the end of a table that is read in pieces",
      "UPDATE large SET body = overlay(body PLACING 'x' FROM 3000) WHERE id = md5('1')::uuid",
      "UPDATE large SET body = repeat(md5('1'), 200) WHERE id = md5('1')::uuid",
      "public.large: 2,200 rows on mvp, 2,200 rows, with other content on scale; not the same: c4ca4238-a0b9-2382-0dcc-509a6f75849b (body)",
    ],
    [
      "of a table without a primary key, there twice",
      "INSERT INTO nameless VALUES (3)",
      "DELETE FROM nameless WHERE ctid = (SELECT max(ctid) FROM nameless WHERE x = 3)",
      "public.nameless: 100 rows on mvp, 101 rows on scale; which rows cannot be said: it has no primary key",
    ],
  ])("%s is found and named", async (_, change, mend, expected) => {
    expect(await changed(change, mend)).toEqual([expected]);
  });

  test("of which there are many that differ is told for ten of them", async () => {
    const [said = ""] = await changed(
      "UPDATE things SET price = price + 1 WHERE id > 1000; DELETE FROM parts WHERE thing_id > 500",
      "UPDATE things SET price = price - 1 WHERE id > 1000; INSERT INTO parts SELECT 1 + i / 2, i % 2, 'part ' || i FROM generate_series(1000, 2000) AS i",
    );
    expect(said).toMatch(
      /^public\.parts: 2,000 rows on mvp, 999 rows on scale; missing there: (\(\d+,\d\)(, )?){10}$/,
    );
  });
});

describe("an object", () => {
  test.each([
    [
      "that is missing",
      () => target.objects.objects.delete("org/7"),
      "org/7: 9 bytes on mvp, missing on scale",
    ],
    [
      "that only the target has",
      () => target.objects.objects.set("org/x", Buffer.from("x")),
      "org/x: missing on mvp, 1 bytes on scale",
    ],
    [
      "of another size",
      () => target.objects.objects.set("org/7", Buffer.from("pic")),
      "org/7: 9 bytes on mvp, 3 bytes on scale",
    ],
    [
      "of the same size with another byte",
      () => target.objects.objects.set("org/7", Buffer.from("picture_7")),
      /^org\/7: SHA-256 [\da-f]{64} on mvp, SHA-256 [\da-f]{64} on scale$/,
    ],
  ])("%s is found and named", async (_, change, expected) => {
    const before = new Map(target.objects.objects);
    change();
    const [said, ...more] = await compare();
    target.objects.objects.clear();
    for (const [key, body] of before) target.objects.objects.set(key, body);
    expect(said).toMatch(expected);
    expect(more).toEqual([]);
  });

  test("of another content is told however many others are missing", async () => {
    const before = new Map(target.objects.objects);
    for (let index = 0; index < 25; index++) target.objects.objects.delete(`org/${index}`);
    target.objects.objects.set("org/27", Buffer.from("Picture 27"));
    const found = await verifyObjects({ source, target });
    for (const [key, body] of before) target.objects.objects.set(key, body);
    expect(found.filter(({ kind }) => kind === "content of object").map(({ place }) => place)).toEqual([
      "org/27",
    ]);
  });

  test("in a listing that is in no order is an error, and no difference", async () => {
    const unordered = memoryStore();
    unordered.list = async function* () {
      yield { key: "org/2", bytes: 9 };
      yield { key: "org/1", bytes: 9 };
    };
    await expect(verifyObjects({ source, target: { ...target, objects: unordered } })).rejects.toThrow(
      "scale lists org/1 after org/2",
    );
  });

  test("is not read where only sizes are asked for", async () => {
    target.objects.objects.set("org/7", Buffer.from("picture_7"));
    expect(await compare("sizes")).toEqual([""]);
    target.objects.objects.set("org/7", Buffer.from("picture 7"));
  });

  test("of many that are missing is named where it is among the first ten, and the others are counted", async () => {
    const before = new Map(target.objects.objects);
    for (let index = 0; index < 25; index++) target.objects.objects.delete(`org/${index}`);
    const said = await compare();
    for (const [key, body] of before) target.objects.objects.set(key, body);
    expect(said).toHaveLength(11);
    expect(said.at(-1)).toBe("objects: 30 objects on mvp, 5 objects on scale; 15 objects more differ");
  });
});

test("a side that does not answer is named, without its password", async () => {
  const databaseUrl = "postgres://app:canary@127.0.0.1:1/none";
  const error = await verify({ source, target: { ...target, databaseUrl }, objects: "all" }).catch(
    (failure: Error) => failure,
  );
  expect((error as Error).message).toMatch(/^The database of scale cannot be compared: .*ECONNREFUSED/);
  expect((error as Error).message).not.toContain("canary");
});

test("it is given up when nobody wants it any more", async () => {
  const stop = new AbortController();
  stop.abort(new Error("enough"));
  await expect(verify({ source, target, objects: "all", signal: stop.signal })).rejects.toThrow("enough");
});

const id = (digit: number) => `'00000000-0000-4000-8000-00000000000${digit}'`;

test("of the application's own tables nothing differs", async () => {
  const ends = await Promise.all(
    ["mvp", "scale"].map(async (name) => ({
      name,
      databaseUrl: await migratedDatabase(),
      objects: memoryStore(),
    })),
  );
  const [one, other] = ends as [TestEnd, TestEnd];
  for (const { databaseUrl } of ends)
    await query(
      databaseUrl,
      `INSERT INTO organizations (id, name, slug, created_at) VALUES (${id(1)}, 'One', 'one', '2026-11-26')`,
      `INSERT INTO personas (id, org_id, name, description, device, created_at) VALUES (${id(2)}, ${id(1)}, 'P', '', 'phone', '2026-11-26')`,
      `INSERT INTO sessions (id, org_id, persona_id, url, objective, status, created_at)
       VALUES (${id(3)}, ${id(1)}, ${id(2)}, 'https://a.test', 'Buy', 'queued', '2026-11-26'), (${id(4)}, ${id(1)}, ${id(2)}, 'https://a.test', 'Buy', 'running', '2026-11-26'), (${id(5)}, ${id(1)}, ${id(2)}, 'https://a.test', 'Buy', 'passed', '2026-11-26')`,
    );
  const sides = { source: one, target: other, objects: "all" } as const;
  expect(toText(await verify(sides))).toBe("");
});
