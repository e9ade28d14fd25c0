import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Price } from "../../../infra/prices/price.ts";

const folder = new URL("../../../infra/prices/", import.meta.url);
const files = readdirSync(folder).filter((file) => file !== "price.ts");
const lists = await Promise.all(
  files.map(async (file) => {
    const tables = (await import(new URL(file, folder).href)) as Record<string, Record<string, Price>>;
    return [file, Object.values(tables).flatMap((table) => Object.entries(table))] as const;
  }),
);

test("there are lists of prices", () => {
  expect(files).toContain("digitalocean.ts");
});

describe.each(lists)("%s", (_, prices) => {
  test("has prices", () => {
    expect(prices.length).toBeGreaterThan(0);
  });

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
