import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { companies } from "../../../infra/config/accounts.ts";
import { providers } from "../../../infra/hosts/index.ts";
import { fly } from "../../../infra/prices/fly.ts";
import type { Price } from "../../../infra/prices/price.ts";
import { railway } from "../../../infra/prices/railway.ts";

const folder = new URL("../../../infra/prices/", import.meta.url);
const files = readdirSync(folder).filter((file) => file !== "price.ts");

/** Everything that is a price, by its place in the table. */
function pricesIn(table: unknown, place: string): [string, Price][] {
  if (typeof table !== "object" || table === null) return [];
  if ("usd" in table) return [[place, table as Price]];
  return Object.entries(table).flatMap(([name, each]) => pricesIn(each, `${place}.${name}`));
}

const lists = await Promise.all(
  files.map(async (file) => {
    const tables = (await import(new URL(file, folder).href)) as object;
    return [file, pricesIn({ ...tables }, "")] as const;
  }),
);

/** Those of clusters that are no providers of servers too. */
const clouds = ["aws", "azure", "gcp"];

test("there is a list for every provider of servers, every company and cloud, and prices of all that have been read", () => {
  // Of Tigris Fly.io makes and bills the buckets.
  const expected = [...providers, ...Object.keys(companies), ...clouds, "tigris"].map((name) => `${name}.ts`);
  expect(files.toSorted()).toEqual(expected.toSorted());
  const empty = lists.filter(([, prices]) => prices.length === 0).map(([file]) => file);
  expect(empty.toSorted()).toEqual(["hetzner.ts", "linode.ts", "vultr.ts"]);
});

/** Those that are computed. */
const computed: [string, Price][] = [
  ["a machine", fly.machine("shared-cpu-1x", 512, "fra")!],
  ["a container", railway.container(0.25, 0.1)],
];

describe.each([...lists.filter(([, prices]) => prices.length > 0), ["computed", computed] as const])(
  "%s",
  (_, prices) => {
    test.each(prices)("says of %s what it costs, who says so, when, and how sure that is", (_name, price) => {
      expect(price).toMatchObject({
        usd: expect.any(Number) as number,
        source: expect.stringMatching(/\S/) as string,
        date: expect.stringMatching(/^20\d\d(-(0[1-9]|1[0-2])(-([0-2]\d|3[01]))?)?$/) as string,
        confirmed: expect.any(Boolean) as boolean,
      });
      expect(price.usd).toBeGreaterThan(0);
    });
  },
);

/** https://fly.io/docs/about/pricing/ in autumn 2026: the whole table, and the example of three regions. */
test.each([
  ["shared-cpu-1x", 256, "iad", 2.19],
  ["shared-cpu-1x", 512, "ewr", 3.69],
  ["shared-cpu-1x", 1_024, "iad", 6.7],
  ["shared-cpu-1x", 1_024, "fra", 7.73],
  ["shared-cpu-1x", 1_024, "sin", 8.5],
  ["shared-cpu-2x", 2_048, "iad", 13.39],
  ["performance-1x", 2_048, "iad", 33],
  ["performance-2x", 4_096, "iad", 66],
] as const)("a machine %s with %i MB in %s costs what the page says", (size, memory, region, usd) => {
  expect(fly.machine(size, memory, region)?.usd).toBeCloseTo(usd, 1);
});

test.each([
  ["a100-40gb", 512, "fra"],
  ["shared-cpu-1x", 512, "mad"],
  ["shared-cpu-1x", 512, "toString"],
])("a machine %s with %i MB in %s has no price", (size, memory, region) => {
  expect(fly.machine(size, memory, region)).toBeUndefined();
});
