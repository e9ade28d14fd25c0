import { expect, test } from "vitest";
import { type Plan, PromotionError, type StateName } from "../../../../infra/promotion/contract.ts";
import { checkPlan } from "../../../../infra/promotion/plan/check.ts";
import { makePlan } from "../../../../infra/promotion/plan/make.ts";

const choices = { from: "mvp", to: "validation", path: "ONLINE", reasons: ["it can"] } as const;
const namesOf = ({ forward, back }: Plan) => [forward, back].map((states) => states.map(({ name }) => name));

test("ONLINE the data follows before writing ends, and the way back is armed before the target is opened", () => {
  expect(namesOf(makePlan({ ...choices, rehearses: true }))).toEqual([
    [
      "PREFLIGHT",
      "PROVISION",
      "SCHEMA",
      "SEED",
      "REHEARSE",
      "CATCHUP",
      "QUIESCE",
      "FENCE",
      "DRAIN",
      "VERIFY",
      "REVERSE-ARM",
      "SWITCH",
      "OBSERVE",
      "RETIRE",
      "DESTROY",
    ],
    ["QUIESCE-TARGET", "FENCE-TARGET", "DRAIN-BACK", "VERIFY-BACK", "SWITCH-BACK", "DISARM"],
  ]);
});

test("OFFLINE the data is copied behind the fence, and nothing is replicated", () => {
  const plan = makePlan({ ...choices, path: "OFFLINE" });
  const [forward, back] = namesOf(plan);
  expect(forward).not.toContain("CATCHUP");
  expect(forward).not.toContain("REVERSE-ARM");
  expect(back).not.toContain("DISARM");
  const actions = [...plan.forward, ...plan.back].flatMap((state) => state.actions.map(({ name }) => name));
  expect(actions.filter((name) => /subscribe|publish|replication|disarm/.test(name))).toEqual([]);
  expect(actions.indexOf("copy-database")).toBeGreaterThan(actions.indexOf("probe-source"));
});

test.each([
  ["ONLINE", ["switch-traffic", "smoke-target"]],
  ["OFFLINE", ["smoke-target", "switch-traffic"]],
] as const)("%s once the target serves, %j: ONLINE nobody waits for a session to end", (path, order) => {
  const { actions } = makePlan({ ...choices, path }).forward.find(({ name }) => name === "SWITCH")!;
  expect(actions.map(({ name }) => name).slice(-3)).toEqual(["start-target", ...order]);
});

test.each(["ONLINE", "OFFLINE"] as const)(
  "%s everything between the fence and the opening of the target holds the source closed, and leads to QUIESCE",
  (path) => {
    const { forward } = makePlan({ ...choices, path });
    const between = forward.slice(
      forward.findIndex(({ name }) => name === "DRAIN"),
      forward.findIndex(({ name }) => name === "SWITCH"),
    );
    expect(between.length).toBeGreaterThan(1);
    for (const state of between) expect(state).toMatchObject({ holds: "source-closed", undoTo: "QUIESCE" });
    const [first, second, third] = forward.find(({ name }) => name === "SWITCH")!.actions;
    expect(first).toMatchObject({ name: "close-source-for-good", undo: "limit-source" });
    // While a failure still opens the source.
    expect(second).toMatchObject({ name: "reach-target" });
    expect(third).toMatchObject({ name: "open-target", commits: true });
  },
);

test("a plan is data: what is read back is what was made", () => {
  const plan = makePlan({ ...choices, sessions: "finish", timing: { observe: 5 } });
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  expect(plan).toMatchObject({
    sessions: "finish",
    timing: { window: 30_000, observe: 5, sessions: 3_600_000 },
  });
});

test.each([
  [{ to: "mvp" }, '"mvp" cannot be promoted to itself: name the stack that is to come in its place.'],
  [
    { timing: { window: 60_000 } },
    "timing.window: 60000 ms is too long ONLINE, where requests wait for it: 30000 ms at the most.",
  ],
  [{ timing: { margin: 30_000 } }, "timing.margin: 30000 ms has to be less than timing.window (30000 ms)"],
  [{ timing: { interval: Number.NaN } }, "timing.interval: NaN is no time: give milliseconds, 0 or more."],
])("%j is refused", (wrong, message) => {
  expect(() => makePlan({ ...choices, ...wrong })).toThrow(PromotionError);
  expect(() => makePlan({ ...choices, ...wrong })).toThrow(message);
});

test("a plan that cannot be followed is refused with all that is wrong with it", () => {
  const plan = makePlan(choices);
  const wrong: Plan = {
    ...plan,
    forward: [
      {
        name: "SEED",
        actions: [{ name: "fly", undo: "land", timeout: 1 }],
        guard: { name: "high", timeout: 1 },
      },
      { name: "DRAIN", actions: [], undoTo: "VERIFY" as StateName },
      { name: "DRAIN", actions: [], holds: "source-closed" },
    ],
    back: [],
  };
  const known = { actions: {}, guards: {}, holds: {} };
  expect(() => checkPlan(wrong, known)).toThrow(
    [
      `This version cannot follow the plan of promotion ${plan.run}; go on with the version that made it:`,
      '  SEED: there is no action "fly".',
      '  SEED: there is no action "land".',
      '  SEED: there is no guard "high".',
      '  DRAIN: "VERIFY" of its "undoTo" is no state before it.',
      '  DRAIN: nothing tells whether "source-closed" holds.',
      '  DRAIN: it has something that holds, and no "undoTo" for when it does not.',
      "  DRAIN: there are two of it.",
    ].join("\n"),
  );
});
