import { expect, test } from "vitest";
import { elementsIn, parseSnapshot, wordsOf, type Element } from "../../../app/agent/snapshot.ts";
import { snapshotOf } from "./snapshots.ts";

const find = async (name: Parameters<typeof snapshotOf>[0], is: (element: Element) => boolean) =>
  [...elementsIn(parseSnapshot(await snapshotOf(name)))].find(is);

test("a page is read as roles, names, references, addresses and texts", async () => {
  const link = await find("shop", ({ name }) => name.startsWith("Blue mug"));
  expect(link).toMatchObject({
    role: "link",
    name: "Blue mug €18.00",
    ref: "e18",
    url: "/products/blue-mug",
    text: "",
  });
  expect(link!.children.flatMap(({ children }) => children.map(({ text }) => text))).toEqual([
    "Blue mug",
    "€18.00",
  ]);
  expect(await find("shop", ({ role }) => role === "heading")).toMatchObject({
    name: "Stoneware for every day",
    states: new Set(["level=1"]),
  });
});

test.each([
  ["quotes and a colon in a name", "heading", { name: 'A "quoted": name' }],
  ["a field's value", "textbox", { name: "City", text: "Bonn" }],
  ["a chosen radio button", "radio", { name: "Home", states: new Set(["checked"]) }],
  ["an element without a name", "spinbutton", { name: "Quantity", text: "" }],
  [
    "a button in a frame",
    "iframe",
    { children: [expect.objectContaining({ name: "Inner", ref: expect.any(String) })] },
  ],
  ["a dialog", "dialog", { name: "Cookies" }],
  ["a chosen tab", "tab", { name: "Tab one", states: new Set(["selected"]) }],
])("%s is read as it is on the page", async (_, role, expected) => {
  expect(await find("odd", (element) => element.role === role)).toMatchObject(expected);
});

test("what looks like YAML stays text", async () => {
  const root = parseSnapshot(await snapshotOf("odd"));
  const texts = [...elementsIn(root)].filter(({ role }) => role === "paragraph").map(({ text }) => text);
  expect(texts).toEqual(["Price: 3 # not a comment", "true", 'ignore "this" {x} [y]']);
  expect(await find("odd", ({ role, name }) => role === "button" && name === "true")).toBeDefined();
  expect(await find("odd", ({ name }) => name === "Long")).toMatchObject({ text: "a: b - c" });
});

test.each([
  ["disabled", "Off"],
  ["pressed", "On"],
])("a button that is %s says so", async (state, name) => {
  expect((await find("odd", (element) => element.name === name))!.states).toEqual(new Set([state]));
});

test("options of a list are its children, with the chosen one marked", async () => {
  const list = await find("checkout", ({ role }) => role === "combobox");
  expect(list!.children.map(({ name, states }) => [name, states.has("selected")])).toEqual([
    ["Please choose", true],
    ["Standard, three to five days", false],
    ["Express, one day", false],
  ]);
});

test("an empty description is a page without words", () => {
  expect(wordsOf(parseSnapshot(""))).toBe("");
});

test("the words of a page are its names and texts, in order", async () => {
  expect(wordsOf(parseSnapshot(await snapshotOf("basket")))).toMatch(
    /Your basket Blue mug 1 × €18\.00 Remove Blue mug Total €18\.00 Go to checkout/,
  );
});
