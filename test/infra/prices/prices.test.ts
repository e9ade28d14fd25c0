import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { providers } from "../../../infra/hosts/index.ts";
import type { HostPrices, Price } from "../../../infra/prices/price.ts";

const folder = new URL("../../../infra/prices/", import.meta.url);
const files = readdirSync(folder).filter((file) => file !== "price.ts");
const pricesIn = ({ servers, volume }: HostPrices): [string, Price][] => [
  ...Object.entries(servers),
  ...(volume ? [["volume", volume] satisfies [string, Price]] : []),
];
const lists = await Promise.all(
  files.map(async (file) => {
    const tables = (await import(new URL(file, folder).href)) as Record<string, HostPrices>;
    return [file, Object.values(tables).flatMap(pricesIn)] as const;
  }),
);

test("there is a list for every provider of servers, and prices in one", () => {
  expect(files.toSorted()).toEqual(providers.map((name) => `${name}.ts`).toSorted());
  expect(Object.fromEntries(lists)["digitalocean.ts"]).not.toEqual([]);
});

describe.each(lists.filter(([, prices]) => prices.length > 0))("%s", (_, prices) => {
  test.each(prices)("says of %s what it costs, who says so, when, and how sure that is", (_name, price) => {
    expect(price).toMatchObject({
      usd: expect.any(Number) as number,
      source: expect.stringMatching(/\S/) as string,
      date: expect.stringMatching(/^20\d\d(-(0[1-9]|1[0-2])(-([0-2]\d|3[01]))?)?$/) as string,
      confirmed: expect.any(Boolean) as boolean,
    });
    expect(price.usd).toBeGreaterThan(0);
  });
});
