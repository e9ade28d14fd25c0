import { describe, expect, test } from "vitest";
import { DoksCluster } from "../../../components/cluster/doks.ts";
import { machines } from "../../../infra/capacity/kubernetes.ts";
import { doksRules } from "../../../infra/cost/doks.ts";
import type { ClusterArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram } from "../../../infra/testing/index.ts";
import { clusterArgs } from "../../components/kubernetes-place.ts";

const pools = {
  api: { machine: machines.doks.api, count: 3 },
  browser: { machine: machines.doks.browser, min: 3, max: 5 },
};

/** What each part of a cluster costs a month in USD: 0 is free, and what nobody knows is absent. */
async function costs(change: Partial<ClusterArgs> = {}): Promise<[string, number | undefined][]> {
  const recording = await recordProgram(
    async () => void new DoksCluster("cluster", clusterArgs({ pools, region: "fra1", ...change })),
    { preview: true },
  );
  return recording.resources
    .filter(({ type }) => type.startsWith("digitalocean:"))
    .flatMap((resource) => [doksRules[resource.type]!(resource, recording)].flat())
    .map((charge) => [
      charge.item,
      "price" in charge ? charge.price.usd * charge.quantity : "free" in charge ? 0 : undefined,
    ]);
}

describe("a cluster at DigitalOcean", () => {
  test("is paid by its nodes and its load balancer", async () => {
    expect(await costs()).toEqual([
      ["network", 0],
      ["control plane", 0],
      ["3 nodes s-2vcpu-4gb", 72],
      ["load balancer", 12],
      ["3 nodes s-4vcpu-8gb", 144],
    ]);
  });

  test("is paid by more where its control plane is there more than once, or its sessions take more nodes", async () => {
    const grown = { ...pools, browser: { ...pools.browser, min: 5 } };
    const charges = new Map(await costs({ highAvailability: true, pools: grown }));
    expect(charges.get("control plane, more than once")).toBe(40);
    expect(charges.get("5 nodes s-4vcpu-8gb")).toBe(240);
  });

  test("does not know what a machine costs that is not on the list", async () => {
    const other = { ...pools, api: { machine: "c-2", count: 3 } };
    expect(await costs({ pools: other })).toContainEqual(["3 nodes c-2", undefined]);
  });
});
