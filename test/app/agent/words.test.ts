import { describe, expect, test } from "vitest";
import { aimOf, stageOf } from "../../../app/agent/intents.ts";
import { linkMap } from "../../../app/agent/links.ts";
import type { Element } from "../../../app/agent/snapshot.ts";
import { valueFor } from "../../../app/agent/values.ts";
import { wordsIn } from "../../../app/agent/words.ts";

test.each([
  ["I want to buy two blue mugs", ["buy", "two", "blue", "mug"]],
  ["Try the website, please", []],
  ["glass, Glasses and GLASS", ["glass", "glasse"]],
  ["Crème brûlée für 2", ["crème", "brûlée", "für"]],
])("the telling words of %j are %j", (text, words) => {
  expect(wordsIn(text)).toEqual(words);
});

describe("an objective", () => {
  test.each([
    ["Buy a blue mug", ["blue", "mug"], 3, "Thank you for your order"],
    ["order the soup bowl and pay for it", ["soup", "bowl", "pay"], 3, "Order number KK-1"],
    ["Subscribe to the newsletter", ["newsletter"], 1, "You are subscribed"],
    ["Contact the support team", ["support", "team"], 2, "Your message was sent"],
    ["Find the sizes", ["find", "size"], 0, undefined],
    ["Look around and check everything", [], 0, undefined],
  ])("%j is about %j, in %i stages", (objective, words, stages, said) => {
    const aim = aimOf(objective);
    expect(aim.words).toEqual(words);
    expect(aim.stages).toHaveLength(stages);
    expect(said === undefined ? aim.reached : aim.reached?.test(said)).toBe(
      said === undefined ? undefined : true,
    );
  });

  test.each([
    ["Add to basket", { stage: 0, rank: 0 }],
    ["Buy now", { stage: 0, rank: 1 }],
    ["Go to checkout", { stage: 1, rank: 0 }],
    ["Basket (1)", { stage: 1, rank: 1 }],
    ["Place order", { stage: 2, rank: 0 }],
    ["Pay now", { stage: 2, rank: 1 }],
    ["Search", undefined],
  ])("of buying is served by the control %j at %j", (name, found) => {
    expect(stageOf(aimOf("Buy a mug"), name)).toEqual(found);
  });
});

const field = (role: string, name: string): Element => ({
  role,
  name,
  ref: "e1",
  url: undefined,
  text: "",
  states: new Set(),
  children: [],
});

test.each([
  ["textbox", "E-mail", "alex.tester@example.com"],
  ["textbox", "E-mail address", "alex.tester@example.com"],
  ["textbox", "Postcode", "28013"],
  ["textbox", "Street and number", "Calle Mayor 1"],
  ["textbox", "First name", "Alex"],
  ["textbox", "Full name", "Alex Tester"],
  ["textbox", "Card number", "4242 4242 4242 4242"],
  ["searchbox", "", "mug"],
  ["textbox", "Search the shop", "mug"],
  ["textbox", "Voucher code", undefined],
  ["textbox", "Gift card", undefined],
  ["spinbutton", "Pieces", "1"],
  ["textbox", "", "Test"],
])("a %s named %j is filled with %j", (role, name, value) => {
  expect(valueFor(field(role, name), "mug")).toBe(value);
});

describe("links", () => {
  test.each([
    ["/about", "http://shop.test/about"],
    ["more#part", "http://shop.test/help/more"],
    ["http://shop.test/a?b=1", "http://shop.test/a?b=1"],
    ["http://elsewhere.test/", undefined],
    ["mailto:us@shop.test", undefined],
    ["javascript:void 0", undefined],
    ["/files/terms.pdf", undefined],
    ["/sign-out", undefined],
    ["http://", undefined],
    [undefined, undefined],
  ])("%j leads to %j", (href, address) => {
    expect(linkMap("http://shop.test").resolve(href, "http://shop.test/help/")).toBe(address);
  });

  test("a page is new until it was visited, whatever part of it", () => {
    const links = linkMap("http://shop.test");
    expect(links.isNew("http://shop.test/about")).toBe(true);
    links.visit("http://shop.test/about#team");
    expect(links.isNew("http://shop.test/about")).toBe(false);
    expect(links.pages()).toBe(1);
  });

  test("three queries of one path are enough", () => {
    const links = linkMap("http://shop.test");
    for (const day of [1, 2, 3]) links.visit(`http://shop.test/calendar?day=${day}`);
    links.learn("http://shop.test/calendar?day=4", "4");
    expect(links.isNew("http://shop.test/calendar?day=4")).toBe(false);
    expect(links.unseen()).toEqual([]);
  });

  test("pages of one folder are siblings, those at the top are not", () => {
    const links = linkMap("http://shop.test");
    for (const path of ["/products/a", "/products/b", "/about"]) links.visit(`http://shop.test${path}`);
    expect(links.siblings("http://shop.test/products/c")).toBe(2);
    expect(links.siblings("http://shop.test/help")).toBe(0);
  });

  test("what was learned and not visited is unseen, under its first name", () => {
    const links = linkMap("http://shop.test");
    links.learn("http://shop.test/about", "About");
    links.learn("http://shop.test/about", "About us");
    links.learn("http://shop.test/help", "Help");
    links.visit("http://shop.test/help");
    expect(links.unseen()).toEqual([["http://shop.test/about", "About"]]);
  });
});
