import { expect, test } from "vitest";
import { kubernetesBucket } from "../../../components/bucket/index.ts";
import { kubernetesCache } from "../../../components/cache/index.ts";
import { shared } from "../../../components/cloud-place.ts";
import { cluster } from "../../../components/cluster/index.ts";
import { kubernetesDatabase } from "../../../components/database/index.ts";
import { machines } from "../../../infra/capacity/kubernetes.ts";
import type { CloudPlace } from "../../../infra/contracts/kubernetes.ts";
import { awsRules } from "../../../infra/cost/aws.ts";
import type { Charge } from "../../../infra/cost/rule.ts";
import { type Recording, recordProgram } from "../../../infra/testing/index.ts";
import { bucketArgs, cacheArgs, clusterArgs, databaseArgs } from "../../components/kubernetes-place.ts";

/** All that a stack has at AWS, without an answer of AWS: what a plan is made of. */
const start = (change: Partial<CloudPlace>, nodes = { min: 3, max: 5 }): Promise<Recording> =>
  recordProgram(
    async () => {
      const place = { once: shared(), ...change };
      const { api, browser } = machines.eks;
      await cluster.eks(
        "cluster",
        clusterArgs({
          ...place,
          pools: { api: { machine: api, count: 3 }, browser: { machine: browser, ...nodes } },
        }),
      );
      await kubernetesDatabase.eks("database", databaseArgs(place));
      await kubernetesCache.eks("cache", cacheArgs(place));
      await kubernetesBucket.eks("bucket", bucketArgs(place));
    },
    { preview: true },
  );

const chargesOf = (recording: Recording): Charge[] =>
  recording.resources
    .filter(({ custom, type }) => custom && type.startsWith("aws:"))
    .flatMap((resource) => awsRules[resource.type]!(resource, recording));

const usd = (charge: Charge): number => ("price" in charge ? charge.price.usd * charge.quantity : 0);
const sum = (charges: readonly Charge[]): number => charges.reduce((total, charge) => total + usd(charge), 0);

const region = "us-east-1";

test("nothing that a stack has at AWS is a stranger: it has a price, or a reason for none", async () => {
  const { resources } = await start({ region });
  const strangers = resources.filter(
    ({ custom, type }) => custom && type.startsWith("aws:") && !Object.hasOwn(awsRules, type),
  );
  expect(strangers.map(({ type }) => type)).toEqual([]);
});

test("in us-east-1 it costs what its parts do", async () => {
  const charges = chargesOf(await start({ region })).filter((charge) => !("free" in charge));
  expect(charges.map((charge) => [charge.item, Math.round(usd(charge) * 100) / 100])).toEqual(
    expect.arrayContaining([
      ["control plane", 73],
      ["load balancer", 16.43],
      ["3 node t3.medium", 91.1],
      ["3 node t3.large", 182.21],
      ["disks of 20 GB", 4.8],
      ["NAT gateway", 32.85],
      ["public address", 3.65],
      ["PostgreSQL db.t4g.medium", 47.45],
      ["disk of 20 GB", 2.3],
      ["Valkey cache.t4g.micro", 9.34],
      ["bucket", 1.15],
      ["key", 1],
      ["control plane's logs", 2.5],
    ]),
  );
  expect(charges.filter((charge) => "unknown" in charge)).toEqual([]);
  expect(sum(charges)).toBeCloseTo(483.5, 0);
});

test("nodes for browsers are counted at their least, and say so", async () => {
  const [least, most] = [
    await start({ region }, { min: 1, max: 5 }),
    await start({ region }, { min: 5, max: 5 }),
  ];
  const nodes = (recording: Recording) =>
    chargesOf(recording).find(({ item }) => item.endsWith("node t3.large"));
  expect(nodes(least)).toMatchObject({ quantity: 1, assuming: "1 of them, the least of up to 5" });
  expect(nodes(most)).toMatchObject({ quantity: 5 });
  expect(nodes(most)).not.toHaveProperty("assuming");
  expect(sum(chargesOf(most)) - sum(chargesOf(least))).toBeCloseTo(4 * (0.0832 * 730 + 1.6));
});

test("what survives the loss of a zone costs twice: database, cache, and a gateway for each zone", async () => {
  const [one, both] = [await start({ region }), await start({ region, highAvailability: true })];
  expect(sum(chargesOf(both)) - sum(chargesOf(one))).toBeCloseTo(47.45 + 2.3 + 9.344 + 2 * (32.85 + 3.65));
});

test("in another region each price says that it is of us-east-1, and is not confirmed", async () => {
  const charges = chargesOf(await start({ region: "eu-south-2" })).filter((charge) => "price" in charge);
  for (const charge of charges) {
    expect(charge.item).toContain(", at the price of us-east-1");
    expect(charge.price.confirmed).toBe(false);
  }
});
