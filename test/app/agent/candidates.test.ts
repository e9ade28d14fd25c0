import { expect, test } from "vitest";
import { candidatesOn, unseenPage, type Memory } from "../../../app/agent/candidates.ts";
import { aimOf } from "../../../app/agent/intents.ts";
import { linkMap } from "../../../app/agent/links.ts";
import { parseSnapshot } from "../../../app/agent/snapshot.ts";
import { snapshotOf } from "./snapshots.ts";

const site = "http://shop.test";

const remember = (objective: string, progress = 0): Memory => ({
  aim: aimOf(objective),
  links: linkMap(site),
  sent: new Map(),
  pressed: new Map(),
  progress,
});

const read = async (name: Parameters<typeof snapshotOf>[0]) => parseSnapshot(await snapshotOf(name));

/** What the explorer would do on a page, the likeliest first. */
async function ranked(name: Parameters<typeof snapshotOf>[0], path: string, memory: Memory) {
  const found = candidatesOn(await read(name), `${site}${path}`, memory);
  return found.toSorted((one, other) => other.score - one.score);
}

const pageOf = (lines: string) => parseSnapshot(lines);
const keysOf = (lines: string, memory: Memory) =>
  candidatesOn(pageOf(lines), `${site}/`, memory).map(({ key }) => key);

test.each([
  ["shop", "/", "Buy a blue mug", 0, `follow ${site}/products/blue-mug`],
  ["product", "/products/blue-mug", "Buy a blue mug", 0, "press button Add to basket"],
  ["basket", "/cart", "Buy a blue mug", 1, `follow ${site}/checkout`],
  ["shop", "/", "Find the sizes", 0, `follow ${site}/sizes`],
] as const)(
  "on the page %s at %s, %j at stage %i is best served by %s",
  async (name, path, objective, progress, key) => {
    const [best] = await ranked(name, path, remember(objective, progress));
    expect(best).toMatchObject({ key, reasoning: expect.stringContaining("fits the objective") });
  },
);

test("a form is filled field by field, then sent", async () => {
  const found = await ranked("checkout", "/checkout", remember("Buy a blue mug", 2));
  const form = found.filter(({ action }) => action.kind !== "click" || found[0]?.key.includes("Place order"));
  expect(form.slice(0, 7).map(({ action }) => action)).toEqual([
    { kind: "fill", ref: expect.any(String), text: "Alex Tester" },
    { kind: "fill", ref: expect.any(String), text: "alex.tester@example.com" },
    { kind: "fill", ref: expect.any(String), text: "Calle Mayor 1" },
    { kind: "fill", ref: expect.any(String), text: "Madrid" },
    { kind: "fill", ref: expect.any(String), text: "28013" },
    { kind: "select", ref: expect.any(String), option: "Standard, three to five days" },
    { kind: "check", ref: expect.any(String) },
  ]);
  const [send] = found.filter(({ sends }) => sends?.includes("button Place order"));
  expect(send).toMatchObject({ stage: 2, action: { kind: "click" } });
});

test("a field that is filled, a tick that is set and a choice that is made are left alone", () => {
  const lines = `
- group:
  - textbox "City" [ref=e1]: Bonn
  - checkbox "I accept the terms" [checked] [ref=e2]
  - checkbox "Send me news" [ref=e3]
  - combobox "Delivery" [ref=e4]:
    - option "Please choose"
    - option "Express" [selected]
  - button "Continue" [ref=e5]`;
  expect(keysOf(lines, remember("Look around"))).toEqual([expect.stringMatching(/^send /)]);
});

test("a form that was sent is not sent again, but for the aim", () => {
  const lines = `
- group:
  - textbox "Name" [ref=e1]
  - button "Place order" [ref=e2]`;
  const [around, buying] = [remember("Look around"), remember("Buy a mug", 2)];
  const form = candidatesOn(pageOf(lines), site, around).find(({ sends }) => sends !== undefined)!.sends!;
  for (const memory of [around, buying]) memory.sent.set(form, 1);
  expect(keysOf(lines, around)).toEqual([]);
  expect(keysOf(lines, buying)).not.toEqual([]);
  buying.sent.set(form, 2);
  expect(keysOf(lines, buying)).toEqual([]);
});

test.each([
  ["a disabled button", '- button "Go" [disabled] [ref=e1]'],
  ["a button that cannot be acted on", '- button "Go"'],
  ["signing out", '- button "Sign out" [ref=e1]'],
  ["a link to elsewhere", '- link "Partner" [ref=e1]:\n  - /url: https://elsewhere.test/'],
  ["a link that signs out", '- link "Leave" [ref=e1]:\n  - /url: /logout'],
])("%s is no candidate", (_, lines) => {
  expect(keysOf(lines, remember("Look around"))).toEqual([]);
});

test("consent comes first, what destroys last, and what was pressed twice no more", () => {
  const lines =
    '- button "Remove all" [ref=e1]\n- button "More" [ref=e2]\n- button "Accept all cookies" [ref=e3]';
  const memory = remember("Look around");
  const found = candidatesOn(pageOf(lines), site, memory).toSorted((one, other) => other.score - one.score);
  expect(found.map(({ presses }) => presses)).toEqual(["Accept all cookies", "More", "Remove all"]);
  expect(found.at(-1)!.score).toBeLessThan(0);
  memory.pressed.set("More", 2);
  expect(keysOf(lines, memory)).not.toContain("press button More");
});

test("a page that was seen is followed again only on the way to the aim", () => {
  const lines = '- link "Basket" [ref=e1]:\n  - /url: /cart\n- link "About" [ref=e2]:\n  - /url: /about';
  const memory = remember("Buy a mug", 1);
  for (const path of ["/cart", "/about"]) memory.links.visit(`${site}${path}`);
  expect(keysOf(lines, memory)).toEqual([`follow ${site}/cart`]);
});

test("the likeliest page that was seen in a link and not visited is gone to once", () => {
  const memory = remember("Find the sizes");
  memory.links.learn(`${site}/about`, "About");
  memory.links.learn(`${site}/sizes`, "Sizes");
  const wanted = [unseenPage(memory), unseenPage(memory), unseenPage(memory)];
  expect(wanted.map((each) => each?.action)).toEqual([
    { kind: "goto", url: `${site}/sizes` },
    { kind: "goto", url: `${site}/about` },
    undefined,
  ]);
});
