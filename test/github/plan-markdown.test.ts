import { expect, test } from "vitest";
import { type Found, reportOn } from "../../infra/cli/plan-markdown.ts";
import type { Plan } from "../../infra/plan/plan.ts";
import { seen } from "./seen.ts";

const resource = (name: string, inputs: object, more: object = {}) => ({
  key: `a:b:C::${name}`,
  type: "a:b:C",
  name,
  custom: true,
  inputs,
  protect: true,
  retainOnDelete: true,
  ignoreChanges: [],
  dependsOn: [],
  dataFlow: {},
  ...more,
});
const planWith = (more: object): object => ({
  project: "testfarm",
  stack: "made-up",
  tier: "vps",
  notes: [],
  resources: [],
  cost: { lines: [], usd: 0, complete: true, confirmed: true },
  effects: [],
  violations: [],
  outputs: {},
  ...more,
});

const found = (plan: object | undefined): Found => (plan ? { plan: plan as Plan } : {});
const compare = (before: object | undefined, after: object | undefined): string =>
  reportOn([{ stack: "made-up", before: found(before), after: found(after) }]).markdown;

test("plans that are alike are one line, without details", () => {
  const same = planWith({ resources: [resource("a", { x: 1 })] });
  const markdown = compare(same, same);
  expect(seen(markdown).split("\n").at(-2)).toBe("| made-up | vps | 0.00 | as before | all kept |");
});

test("plans of a stack that is gone are said to be", () => {
  expect(seen(compare(planWith({}), undefined))).toContain("| the stack's file is gone |");
});

test("plans tell of an input only where the engine would see its change", () => {
  const markdown = compare(
    planWith({
      resources: [
        resource("a", { dir: "/one", x: 1, gone: "y" }, { ignoreChanges: ["dir"] }),
        resource("old", {}),
        { ...resource("component", { x: 1 }), custom: false },
      ],
    }),
    planWith({
      resources: [
        resource("a", { dir: "/two", x: { y: [2] } }, { ignoreChanges: ["dir"], protect: false }),
        resource("new", {}),
        { ...resource("component", { x: 2 }), custom: false },
      ],
    }),
  );
  expect(seen(markdown)).toContain("| made-up | vps | 0.00 | 1 new, 1 changed, 1 gone | all kept |");
  expect(seen(markdown)).toContain(
    '| changed | a C | a | x: 1 → {"y":[2]}; gone: y → nothing; protect: true → false |\n' +
      "| new | a C | new |  |\n| gone | a C | old |  |",
  );
});

const costLine = (name: string, usd?: number) => ({ name, item: "machine", ...(usd && { usd }) });

test("plans cost at least what is known, and less with a minus", () => {
  const markdown = compare(
    planWith({ cost: { lines: [costLine("a", 10), costLine("b", 5)], usd: 15, complete: true } }),
    planWith({ cost: { lines: [costLine("a", 10), costLine("c")], usd: 10, complete: false } }),
  );
  expect(seen(markdown)).toContain("| 15.00 → at least 10.00 (**−5.00**) |");
  expect(seen(markdown)).toContain("| c |  | machine unknown |\n| b | machine 5.00 |  |");
});

const hostile = [
  "[click](https://example.com)",
  "![x](https://example.com/x.png)",
  "<img src=x onerror=alert(1)><!-- testfarm: preview -->",
  "</code></summary></details></pre>",
  "`` ` `` | a \\| b \\\\| c |",
  "@everybody #1 https://www.example.com www.example.com :tada:",
  "**bold** _x_ ~~y~~ # heading",
  "line one\n\n# line two\r\n| - | - |",
  "turned \u202E round \u0000 \u2028 end",
].join(" ");

test("whatever stands in plans is text: no link, mention, tag, cell, line or hidden character", () => {
  const violation = {
    rule: hostile,
    severity: "warning",
    resource: hostile,
    message: hostile,
    waived: hostile,
  };
  const made = planWith({
    tier: hostile,
    notes: [hostile],
    resources: [resource(hostile, { [hostile]: hostile }, { type: hostile })],
    violations: [violation],
    cost: { lines: [{ name: hostile, item: hostile, usd: 1 }], usd: 1, complete: true },
  });
  const { markdown } = reportOn([
    { stack: hostile, before: {}, after: found(made) },
    { stack: hostile, before: {}, after: { reason: hostile } },
  ]);
  const literals = [...markdown.matchAll(/<(code|pre)>(.*?)<\/\1>/g)].map(([, , text]) => text!);
  expect(literals.length).toBeGreaterThan(10);
  for (const text of literals) expect(text).toMatch(/^(?:[\p{L}\p{N} ,-]|&#\d+;)*$/u);
  for (const text of literals) expect(seen(text).replaceAll("\n", "")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  const without = markdown.replaceAll(/<(code|pre)>.*?<\/\1>/g, "_");
  for (const word of ["click", "everybody", "alert", "example", "heading", "turned"])
    expect(without).not.toContain(word);
  const rows = without.split("\n").filter((line) => line.startsWith("|"));
  expect(new Set(rows.map((row) => row.split("|").length))).toEqual(new Set([5, 6, 7]));
});

test("plans that change in more than people read are cut after 40 lines of a table", () => {
  const many = Array.from({ length: 300 }, (_, index) => resource(`r${index}`, { text: "x".repeat(5_000) }));
  const markdown = compare(undefined, planWith({ resources: many }));
  expect(seen(markdown)).toContain("| new | a C | r39 |  |\n\nand 260 more.");
  expect(markdown).not.toContain("r40");
});
