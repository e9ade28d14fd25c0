import { beforeAll, describe, expect, test } from "vitest";
import { CloudStorageBucket } from "../../components/bucket/cloud-storage.ts";
import { MemorystoreCache } from "../../components/cache/memorystore.ts";
import { GkeCluster } from "../../components/cluster/gke.ts";
import { CloudSqlDatabase } from "../../components/database/cloud-sql.ts";
import type { Properties } from "../../components/provider/contract.ts";
import { recordProgram, type RecordedResource, type Value } from "../../infra/testing/index.ts";
import { respond } from "../components/gcp/answers.ts";
import { bucketArgs, cacheArgs, clusterArgs, databaseArgs } from "../components/kubernetes-place.ts";
import { revealed } from "../support/revealed.ts";
import { failuresOf } from "./stand-in/check.ts";
import { gcpBehaviours, gcpRefusals } from "./stand-in/clouds/gcp.ts";
import { readSdk } from "./stand-in/sdk-types.ts";
import { seedOf } from "./stand-in/world.ts";

const seed = seedOf("anything");
const sdk = readSdk("gcp");

async function madeWith(autopilot: boolean): Promise<RecordedResource[]> {
  const { resources } = await recordProgram(
    async () => {
      const place = clusterArgs({ autopilot });
      new GkeCluster("cluster", place);
      new CloudSqlDatabase("database", { ...databaseArgs(), ...place });
      new MemorystoreCache("cache", { ...cacheArgs(), ...place });
      new CloudStorageBucket("bucket", { ...bucketArgs(), ...place });
    },
    { respond },
  );
  return resources.filter(({ type }) => type.startsWith("gcp:"));
}

describe.each([
  ["Standard", false],
  ["Autopilot", true],
])("what a stack makes at Google Cloud, with GKE %s", (_, autopilot) => {
  let made: RecordedResource[];
  beforeAll(async () => {
    made = await madeWith(autopilot);
  });

  test("is taken by the SDK's types, and by Google", () => {
    for (const { type, name, inputs } of made) {
      const given = revealed(inputs as Value) as Properties;
      expect(failuresOf(given, sdk.resource(type)!.inputs, type), name).toEqual([]);
      expect(gcpRefusals[type]?.(given), name).toBeUndefined();
    }
  });

  test("is known to the stand-in, and nothing else is", () => {
    const types = [...new Set(made.map(({ type }) => type))].toSorted();
    const pools = autopilot ? ["gcp:container/nodePool:NodePool"] : [];
    expect([...types, ...pools].toSorted()).toEqual(Object.keys(gcpBehaviours).toSorted());
  });
});

test.each(Object.entries(gcpBehaviours))("what replaces %s is an input of it", (type, { replaces = [] }) => {
  const inputs = [...sdk.resource(type)!.inputs.keys()];
  expect(inputs).toEqual(expect.arrayContaining(replaces === "all" ? [] : [...replaces]));
});

test("what the program reads of a resource is of the SDK's types", () => {
  for (const [type, { outputs }] of Object.entries(gcpBehaviours)) {
    const told = outputs?.({ accountId: "testfarm" }, seed) ?? {};
    const known = sdk.resource(type)!.outputs;
    for (const name of Object.keys(told)) expect(known.has(name), `${type} ${name}`).toBe(true);
  }
});

const cluster = "gcp:container/cluster:Cluster";
const bucket = "gcp:storage/bucket:Bucket";
test.each<[string, string, Properties, RegExp]>([
  ["a region that there is not", cluster, { location: "mars-west1" }, /Unknown region/],
  ["a bucket's that there is not", bucket, { location: "MARS-WEST1" }, /Unknown region/],
  ["a bucket named after Google", bucket, { name: "my-google-pictures" }, /doesn't match regexp/],
  ["a long name", cluster, { name: "a".repeat(41) }, /doesn't match regexp/],
  ["pools on Autopilot", cluster, { enableAutopilot: true, removeDefaultNodePool: true }, /conflicts with/],
  [
    "two counts of a pool",
    "gcp:container/nodePool:NodePool",
    { name: "api", initialNodeCount: 1, nodeCount: 1 },
    /Cannot set both initial_node_count and node_count on node pool api/,
  ],
  [
    "dynamic ports with a mapping that excludes them",
    "gcp:compute/routerNat:RouterNat",
    { enableDynamicPortAllocation: true, enableEndpointIndependentMapping: true },
    /cannot be enabled at the same time/,
  ],
  [
    "an account's id that is too long",
    "gcp:serviceaccount/account:Account",
    { accountId: "a".repeat(31) },
    /doesn't match regexp/,
  ],
])("%s is refused", (_, type, inputs, reason) => {
  expect(gcpRefusals[type]?.(inputs)).toMatch(reason);
});
