import { describe, expect, test } from "vitest";
import { CloudStorageBucket } from "../../../components/bucket/cloud-storage.ts";
import { MemorystoreCache } from "../../../components/cache/memorystore.ts";
import { GkeCluster } from "../../../components/cluster/gke.ts";
import { CloudSqlDatabase } from "../../../components/database/cloud-sql.ts";
import { gcpRules } from "../../../infra/cost/gcp.ts";
import { regions } from "../../../infra/kubernetes/regions.ts";
import { gcp } from "../../../infra/prices/gcp.ts";
import { recordProgram, type Recording } from "../../../infra/testing/index.ts";
import { bucketArgs, cacheArgs, clusterArgs, databaseArgs } from "../../components/kubernetes-place.ts";

type Change = Partial<Parameters<typeof clusterArgs>[0] & Parameters<typeof databaseArgs>[0]>;

const pools = {
  api: { machine: "e2-medium", count: 3 },
  browser: { machine: "e2-standard-2", min: 3, max: 5 },
};

/** All that a stack has at Google Cloud, as a plan sees it: before it is made. */
const stack = (change: Change = {}): Promise<Recording> =>
  recordProgram(
    async () => {
      const place = clusterArgs({ pools, ...change } as Parameters<typeof clusterArgs>[0]);
      new GkeCluster("cluster", place);
      new CloudSqlDatabase("database", { ...databaseArgs(), ...place });
      new MemorystoreCache("cache", { ...cacheArgs(), ...place });
      new CloudStorageBucket("bucket", { ...bucketArgs(), ...place });
    },
    { preview: true },
  );

const chargesOf = (recording: Recording) =>
  recording.resources
    .filter(({ type }) => type.startsWith("gcp:"))
    .flatMap((resource) => [gcpRules[resource.type]!(resource, recording)].flat());

/** What costs something, in USD a month. */
const billed = (recording: Recording) =>
  Object.fromEntries(
    chargesOf(recording).flatMap((charge) =>
      "price" in charge ? [[charge.item, charge.price.usd * charge.quantity]] : [],
    ),
  );
/** @param items those that count, by a part of their names. */
const sum = (recording: Recording, items = [""]): number =>
  Object.entries(billed(recording))
    .filter(([item]) => items.some((each) => item.includes(each)))
    .reduce((total, [, usd]) => total + usd, 0);

const grown = { ...pools, browser: { ...pools.browser, min: 5 } };

describe("a stack at Google Cloud", () => {
  test("is paid by nodes, control plane, database, cache, bucket, and the ways in and out", async () => {
    const recording = await stack({ region: "us-central1" });
    const expected = {
      "control plane": 73,
      "3 nodes e2-medium": 3 * 0.033504 * 730,
      "3 nodes e2-standard-2": 3 * 0.067008 * 730,
      "disks of 30 GB for nodes e2-medium": 90 * 0.1,
      "disks of 30 GB for nodes e2-standard-2": 90 * 0.1,
      "way out": 6 * 0.0014 * 730,
      "its address": 0.005 * 730,
      "load balancer at the address": 0.025 * 730,
      "PostgreSQL db-custom-1-3840": 0.0676 * 730,
      "disk of 10 GB": 1.7,
      "Redis of 1 GB": 0.049 * 730,
      bucket: 1,
    };
    const charged = billed(recording);
    expect(Object.keys(charged).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [item, usd] of Object.entries(expected)) expect(charged[item], item).toBeCloseTo(usd, 2);
    expect(chargesOf(recording).filter((charge) => "unknown" in charge)).toEqual([]);
  });

  test("costs what the product's owner has reckoned with, but for control plane, disks, and the ways in and out", async () => {
    const named = ["3 nodes", "5 nodes", "PostgreSQL", "disk of 10 GB", "Redis", "bucket"];
    expect(sum(await stack({ region: "us-central1" }), named)).toBeCloseTo(307.94, 2);
    expect(sum(await stack({ region: "us-central1", pools: grown }), named)).toBeCloseTo(405.77, 2);
  });

  test("costs as much as its page says where it is unless it is told otherwise", async () => {
    expect(sum(await stack())).toBeCloseTo(487.87, 2);
    expect(sum(await stack({ pools: grown }))).toBeCloseTo(612.57, 2);
  });

  test("says that a pool may grow", async () => {
    const charges = chargesOf(await stack());
    const assumed = charges.filter(({ item }) => item.startsWith("3 nodes"));
    expect(assumed).toMatchObject([
      { item: "3 nodes e2-medium" },
      { item: "3 nodes e2-standard-2", assuming: "3 of 3 to 5 of them" },
    ]);
    expect(assumed[0]).not.toHaveProperty("assuming");
  });

  test("pays twice for a database and more for a cache that survive the loss of a zone", async () => {
    const charged = billed(await stack({ highAvailability: true }));
    expect(charged["PostgreSQL db-custom-1-3840, twice"]).toBeCloseTo(0.1621 * 730);
    expect(charged["Redis of 1 GB, with a replica"]).toBeCloseTo(0.077 * 730);
  });

  test("on Autopilot pays for what pods ask for, which the plan does not know", async () => {
    const charges = chargesOf(await stack({ autopilot: true }));
    expect(charges).toContainEqual({ item: "pods on Autopilot", unknown: true });
  });

  test("is unknown in a region without prices, and with machines that have none", async () => {
    const elsewhere = chargesOf(await stack({ region: "me-west1" }));
    expect(
      elsewhere
        .filter((charge) => "unknown" in charge)
        .map(({ item }) => item)
        .toSorted(),
    ).toEqual([
      "PostgreSQL db-custom-1-3840",
      "Redis of 1 GB",
      "bucket",
      "nodes e2-medium",
      "nodes e2-standard-2",
    ]);
    const odd = { ...pools, api: { machine: "c9-huge", count: 3 } };
    expect(chargesOf(await stack({ pools: odd }))).toContainEqual({ item: "nodes c9-huge", unknown: true });
  });
});

test("every region that a city stands for has prices", () => {
  for (const region of Object.values(regions.gke)) expect(gcp.in(region), region).toBeDefined();
});

test("a database of several processors costs as many times, one of another ratio nobody knows", () => {
  const region = { type: "pulumi:providers:gcp", inputs: { region: "us-central1" } };
  const recording = { resources: [region] } as unknown as Recording;
  const of = (tier: string) =>
    [
      gcpRules["gcp:sql/databaseInstance:DatabaseInstance"]!(
        {
          inputs: { settings: { tier, diskSize: 10, availabilityType: "ZONAL" } },
        } as unknown as Recording["resources"][number],
        recording,
      ),
    ].flat()[0];
  expect(of("db-custom-2-7680")).toMatchObject({ quantity: 2 });
  expect(of("db-custom-2-8192")).toEqual({ item: "PostgreSQL db-custom-2-8192", unknown: true });
});
