import { beforeAll, describe, expect, test } from "vitest";
import { ManagedRedisCache } from "../../../components/cache/managed-redis.ts";
import { AksCluster } from "../../../components/cluster/aks.ts";
import { FlexibleServerDatabase } from "../../../components/database/flexible-server.ts";
import { machines } from "../../../infra/capacity/kubernetes.ts";
import { azureRules } from "../../../infra/cost/azure.ts";
import type { ClusterArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, type Recording } from "../../../infra/testing/index.ts";
import { cacheArgs, clusterArgs, databaseArgs } from "../../components/kubernetes-place.ts";

const pools = {
  api: { machine: machines.aks.api, count: 3 },
  browser: { machine: machines.aks.browser, min: 3, max: 5 },
};

/** All that a stack has at Azure, as a plan sees it: before it is made. */
const stack = (change: Partial<ClusterArgs> = {}): Promise<Recording> =>
  recordProgram(
    async () => {
      const place = clusterArgs({ pools, region: "eastus2", ...change });
      new AksCluster("cluster", place);
      new FlexibleServerDatabase("database", { ...databaseArgs(), ...place });
      new ManagedRedisCache("cache", { ...cacheArgs(), ...place });
    },
    { preview: true },
  );

const chargesOf = (recording: Recording) =>
  recording.resources
    .filter(({ type }) => type.startsWith("azure-native:"))
    .flatMap((resource) => [azureRules[resource.type]!(resource, recording)].flat());

/** What costs something, or nobody knows what, in USD a month. */
const billed = (recording: Recording) =>
  chargesOf(recording).flatMap((charge): [string, number | undefined][] => {
    if ("free" in charge) return [];
    const usd = "price" in charge ? Math.round(charge.price.usd * charge.quantity * 100) / 100 : undefined;
    return [[charge.item, usd]];
  });
const byName = (one: unknown[], other: unknown[]) => String(one).localeCompare(String(other));
const sum = (recording: Recording): number =>
  billed(recording).reduce((total, [, usd = 0]) => total + usd, 0);

describe("a stack at Azure", () => {
  let standard: Recording;
  beforeAll(async () => {
    standard = await stack();
  });

  test("is paid by nodes and their disks, database, cache, and the ways in and out", () => {
    const expected = [
      ["3 nodes Standard_B2s", 91.1],
      ["disks of 64 GB for nodes Standard_B2s", 27.84],
      ["load balancer", 18.25],
      ["address of the way out", 3.65],
      ["address", 3.65],
      ["3 nodes Standard_B2ms", 182.21],
      ["disks of 64 GB for nodes Standard_B2ms", 27.84],
      ["audit log", 13.8],
      ["PostgreSQL Standard_B2s", 49.64],
      ["disk of 32 GB", 3.68],
      ["private zone", 0.5],
      ["Redis Balanced_B0", 11.68],
      ["private endpoint", 7.3],
      ["private zone", 0.5],
    ];
    expect(billed(standard).toSorted(byName)).toEqual(expected.toSorted(byName));
    expect(sum(standard)).toBeCloseTo(441.64);
  });

  test("costs more with each node that its sessions take", async () => {
    const grown = await stack({ pools: { ...pools, browser: { ...pools.browser, min: 5 } } });
    expect(sum(grown) - sum(standard)).toBeCloseTo(2 * (0.0832 * 730 + 9.2801), 1);
  });

  test("says for how many nodes the sum is", () => {
    const assumed = chargesOf(standard).flatMap((charge) =>
      "assuming" in charge && charge.assuming !== undefined ? [charge.assuming] : [],
    );
    expect(assumed.toSorted()).toEqual(["3 of 3 to 5 of them", "3 of 3 to 5 of them", "5 GB a month"]);
  });

  test("twice of everything has parts whose price is not known", async () => {
    const twice = new Map(billed(await stack({ highAvailability: true })));
    expect(twice.get("control plane")).toBe(73);
    expect(twice.get("disk of 32 GB, twice")).toBe(7.36);
    for (const item of ["PostgreSQL Standard_D2ds_v5, twice", "Redis Balanced_B0, twice"])
      expect([twice.has(item), twice.get(item)]).toEqual([true, undefined]);
  });

  test("every resource at Azure has a price, or a reason for none", () => {
    for (const { type } of standard.resources.filter((each) => each.type.startsWith("azure-native:")))
      expect(Object.keys(azureRules)).toContain(type);
  });

  test("a machine that is not on the list is unknown", async () => {
    const other = await stack({ pools: { ...pools, api: { machine: "Standard_D2s_v5", count: 3 } } });
    expect(billed(other)).toContainEqual(["3 nodes Standard_D2s_v5", undefined]);
  });
});
