import { expect, test } from "vitest";
import { type Cell, type ConversionName, conversions } from "../../../../app/db/sqlite/conversions.ts";
import { newId } from "../../../../app/db/sqlite/identity.ts";
import { canonicalJson } from "../../../../app/db/sqlite/json.ts";
import { pngOf } from "../../../support/old-product.ts";

const convert = (name: ConversionName, cell: Cell) => conversions[name].convert(cell, {});
const text = (value: string): Cell => ({ type: "text", value });
const integer = (value: number | bigint): Cell => ({ type: "integer", value });

test.each<[ConversionName, Cell, unknown]>([
  ["id", integer(7), "7"],
  ["id", integer(9007199254740993n), "9007199254740993"],
  ["id", text("a7"), "a7"],
  ["email", text("Ada@Example.com"), "ada@example.com"],
  ["integer", integer(-5), -5],
  ["milliseconds", integer(1_748_779_200_123), new Date("2025-06-01T12:00:00.123Z")],
  ["seconds", integer(1_748_779_200), new Date("2025-06-01T12:00:00Z")],
  ["flag", integer(1), true],
  ["flag", integer(0), false],
  ["json", text("[1,{}]"), [1, {}]],
  ["json", text("[0.1, -1.50e1, 1E2, 0.000, 5e-324]"), [0.1, -15, 100, 0, 5e-324]],
  [
    "json",
    text('{"a":{"a":"1.00000000000000000001 {\\"a\\":1}"},"b":[{"a":1},{"a":1}]}'),
    {
      a: { a: '1.00000000000000000001 {"a":1}' },
      b: [{ a: 1 }, { a: 1 }],
    },
  ],
  ["base64", text(pngOf("a").toString("base64")), { bytes: pngOf("a") }],
  ["base64", text(`data:image/png;base64,${pngOf("a").toString("base64")}`), { bytes: pngOf("a") }],
  ["blob", { type: "blob", value: pngOf("a") }, { bytes: pngOf("a") }],
  ["file", text("2025/a b.png"), { file: "2025/a b.png" }],
])("%s reads %o", (name, cell, value) => {
  expect(convert(name, cell)).toEqual(value);
});

test.each<[ConversionName, Cell, string]>([
  ["id", text(""), "must not be empty"],
  ["seconds", integer(1_748_779_200_123), "must be seconds since 1970, between the years 2000 and 2099"],
  ["flag", { type: "real", value: 1 }, "must be 0 or 1"],
  ["base64", text("iVBORw0KGgo"), "must be base64"],
  ["json", text('{"a":{"b":1,"c":[{}],"\\u0062":2}}'), 'has the name "b" twice in one object'],
  [
    "json",
    text("[0.12345678901234567890123]"),
    "holds the number 0.12345678901234567890123, which has more digits than are exact",
  ],
  ["json", text("1.00000000000000000001"), "holds the number 1.00000000000000000001, which has more digits"],
  ["json", text("1e-400"), "holds the number 1e-400, which has more digits"],
  ["json", text("9007199254740993"), "holds a number that is too large to be exact"],
  ["json", text('{"a'), "must be JSON"],
  ["blob", text("x"), "must be a blob"],
  ["file", text("x\n/../../secret.png"), "must be a path inside"],
  ["file", text("a/./b.png"), "must be a path inside"],
  ["file", text("a\\b.png"), "must be a path inside"],
])("%s refuses %o", (name, cell, problem) => {
  expect(() => convert(name, cell)).toThrow(problem);
});

test("names of JSON are renamed", () => {
  const cell = text('{"selector":"#a","keep":1}');
  expect(conversions.json.convert(cell, { rename: { selector: "ref" } })).toEqual({ ref: "#a", keep: 1 });
});

const nested = (levels: number) => text(`${"[".repeat(levels)}${"]".repeat(levels)}`);

test("JSON that is nested very deeply is refused", () => {
  for (const levels of [1_001, 20_000])
    expect(() => convert("json", nested(levels))).toThrow("is nested deeper than 1000 levels");
  expect(canonicalJson(convert("json", nested(1_000))).length).toBe(2_000);
});

test("names of JSON that become the same are refused", () => {
  const rename = { selector: "ref", css: "ref" };
  for (const written of ['{"selector":"#a","ref":"e1"}', '{"css":"#a","selector":"e1"}'])
    expect(() => conversions.json.convert(text(written), { rename })).toThrow(
      'has two names that become "ref"',
    );
});

test("an old id is the same new one each time, and another for another kind", () => {
  expect(newId("sessions", "1")).toBe(newId("sessions", "1"));
  expect(newId("sessions", "1")).not.toBe(newId("users", "1"));
  expect(newId("sessions", "1")).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

test("equal JSON is the same text", () => {
  expect(canonicalJson({ b: [1, { d: null, c: "x" }], a: undefined, A: 1 })).toBe(
    canonicalJson({ A: 1, b: [1, { c: "x", d: null }] }),
  );
});
