import { R2Bucket } from "@pulumi/cloudflare";
import { expect, test } from "vitest";
import { resourceClass } from "../../../components/provider/vendor/program.ts";
import { type VendorName, vendors } from "../../../components/provider/vendors/index.ts";
import type { Config } from "../../../infra/config/schema.ts";
import type { City } from "../../../infra/hosts/catalogue.ts";
import { regions } from "../../../infra/managed/regions.ts";
import { citiesOf, placesOf, said } from "../../../infra/plan/regions.ts";
import { recordProgram } from "../../../infra/testing/index.ts";
import { managed } from "../policy/managed.ts";

async function places(program: () => void, cities: readonly City[]): Promise<string[]> {
  const { resources } = await recordProgram(async () => program());
  return placesOf(resources, cities).map(
    (place) => `${place.city ?? "elsewhere"} -> ${place.region} (${said(place)})`,
  );
}

test("each city is where the resources are, in the order of the stack's file, and once", async () => {
  const found = await places(() => {
    managed.redis();
    for (const region of ["sin", "ewr", "fra", "fra"] as const) managed.machine({ region });
    new R2Bucket("pictures", { accountId: "account", name: "shop", location: "weur" });
  }, ["madrid", "new-york", "singapore"]);
  expect(found).toEqual([
    "madrid -> weur (Cloudflare bucket)",
    "madrid -> fra (Fly.io machines)",
    "madrid -> eu-central-1 (Upstash queue)",
    "new-york -> ewr (Fly.io machines)",
    "singapore -> sin (Fly.io machines)",
  ]);
});

test("a region for which no city of the file stands comes last", async () => {
  const found = await places(() => {
    managed.machine({ region: "gru" });
    managed.renderService();
  }, ["madrid"]);
  expect(found).toEqual(["madrid -> frankfurt (Render services)", "elsewhere -> gru (Fly.io machines)"]);
});

/** Those whose regions are on other lists: of Railway's buckets, which are Tigris's. */
const unlisted = ["testfarm:railway:Bucket"];

const placed = (Object.keys(vendors) as VendorName[]).flatMap((vendor) =>
  Object.entries(
    vendors[vendor].kinds as Readonly<Record<string, { readonly inputs: { readonly shape: object } }>>,
  )
    .filter(([, { inputs }]) => "region" in inputs.shape)
    .map(([name, kind]) => ({ vendor, name, kind, type: `testfarm:${vendor}:${name}` })),
);

test.each(placed.filter(({ type }) => !unlisted.includes(type)))(
  "where a $type is, is told",
  async ({ vendor, name, kind }) => {
    const Made = resourceClass(vendor, name, kind) as unknown as new (name: string, args: object) => unknown;
    const table = vendor === "fly" && name === "Postgres" ? "flyPostgres" : (vendor as keyof typeof regions);
    const region = regions[table].singapore;
    const found = await places(() => void new Made("it", { region }), ["madrid", "singapore"]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^singapore -> ${region} \\(`));
  },
);

const config = (more: object) => more as Config;

test("only the managed tiers' files name cities for all that they make", () => {
  expect(citiesOf(config({ tier: "paas", near: "frankfurt" }))).toEqual(["frankfurt"]);
  expect(citiesOf(config({ tier: "fly", regions: ["madrid", "singapore"] }))).toEqual([
    "madrid",
    "singapore",
  ]);
  expect(citiesOf(config({ tier: "vps", near: "madrid" }))).toBeUndefined();
});
