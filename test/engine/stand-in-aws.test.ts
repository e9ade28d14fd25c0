import { beforeAll, describe, expect, test } from "vitest";
import { S3Bucket } from "../../components/bucket/s3.ts";
import { ElastiCacheCache } from "../../components/cache/elasticache.ts";
import { EksCluster } from "../../components/cluster/eks.ts";
import { RdsDatabase } from "../../components/database/rds.ts";
import type { Properties } from "../../components/provider/contract.ts";
import { recordProgram, type RecordedResource, type Value } from "../../infra/testing/index.ts";
import { answersOf } from "../components/aws/answers.ts";
import { bucketArgs, cacheArgs, clusterArgs, databaseArgs } from "../components/kubernetes-place.ts";
import { revealed } from "../support/revealed.ts";
import { failuresOf } from "./stand-in/check.ts";
import { awsBehaviours, awsFunctions, awsRefusals } from "./stand-in/clouds/aws.ts";
import { readSdk } from "./stand-in/sdk-types.ts";
import { seedOf } from "./stand-in/world.ts";

const seed = seedOf("anything");
const sdk = readSdk("aws");

describe("what a stack makes at AWS", () => {
  let made: RecordedResource[];
  beforeAll(async () => {
    const { resources } = await recordProgram(
      async () => {
        const place = clusterArgs({ region: "eu-south-2" });
        new EksCluster("cluster", place);
        new RdsDatabase("database", { ...databaseArgs(), ...place });
        new ElastiCacheCache("cache", { ...cacheArgs(), ...place });
        new S3Bucket("bucket", { ...bucketArgs(), ...place });
      },
      { preview: false, respond: answersOf },
    );
    made = resources.filter(({ type }) => type.startsWith("aws:"));
  });

  test("is taken by the SDK's types, and by AWS", () => {
    for (const { type, name, inputs } of made) {
      const given = revealed(inputs as Value) as Properties;
      expect(failuresOf(given, sdk.resource(type)!.inputs, type), name).toEqual([]);
      expect(awsRefusals[type]?.(given), name).toBeUndefined();
    }
  });

  test("is known to the stand-in, and nothing else is", () => {
    const types = [...new Set(made.map(({ type }) => type))].toSorted();
    expect(types).toEqual(Object.keys(awsBehaviours).toSorted());
  });
});

test.each(Object.entries(awsBehaviours))("what replaces %s is an input of it", (type, { replaces = [] }) => {
  const inputs = [...sdk.resource(type)!.inputs.keys()];
  expect(inputs).toEqual(expect.arrayContaining(replaces === "all" ? [] : [...replaces]));
});

test("what the program reads of a resource is of the SDK's types", () => {
  for (const [type, { outputs }] of Object.entries(awsBehaviours)) {
    const known = sdk.resource(type)!.outputs;
    for (const name of Object.keys(outputs?.({ name: "testfarm" }, seed) ?? {}))
      expect(known.has(name), `${type} ${name}`).toBe(true);
  }
});

test("an add-on has a version for each version of Kubernetes", () => {
  const [token, answer] = Object.entries(awsFunctions)[0]!;
  expect(
    failuresOf({ addonName: "coredns", kubernetesVersion: "1.34" }, sdk.arguments(token)!, token),
  ).toEqual([]);
  expect(answer({ addonName: "coredns", kubernetesVersion: "1.34" })["version"]).toBe("v1.34.0-eksbuild.1");
});

const cluster = "aws:eks/cluster:Cluster";
const group = "aws:eks/nodeGroup:NodeGroup";
const cache = "aws:elasticache/replicationGroup:ReplicationGroup";
test.each<[string, string, Properties, Properties | undefined, RegExp]>([
  ["a lower version", cluster, { version: "1.33" }, { version: "1.34" }, /from 1.34 to 1.33/],
  ["two versions at once", cluster, { version: "1.36" }, { version: "1.34" }, /from 1.34 to 1.36/],
  [
    "a least number above what there is",
    group,
    { scalingConfig: { minSize: 5, maxSize: 9, desiredSize: 3 } },
    undefined,
    /Minimum capacity 5 can't be greater than desired size 3/,
  ],
  [
    "a failover to nobody",
    cache,
    { automaticFailoverEnabled: true, multiAzEnabled: true, numCacheClusters: 1 },
    undefined,
    /must be at least 2/,
  ],
  ["an owner named admin", "aws:rds/instance:Instance", { username: "admin" }, undefined, /reserved word/],
  [
    "a zone by its name",
    "aws:ec2/subnet:Subnet",
    { availabilityZoneId: "us-east-1a" },
    undefined,
    /is invalid/,
  ],
  ["a bucket with capitals", "aws:s3/bucket:Bucket", { bucket: "Pictures" }, undefined, /InvalidBucketName/],
  [
    "a policy that is no JSON",
    "aws:s3/bucketPolicy:BucketPolicy",
    { policy: "{" },
    undefined,
    /MalformedPolicy/,
  ],
])("%s is refused", (_, type, inputs, old, reason) => {
  expect(awsRefusals[type]?.(inputs, old)).toMatch(reason);
});

test("the next version is taken", () => {
  expect(awsRefusals[cluster]?.({ version: "1.35" }, { version: "1.34" })).toBeUndefined();
});
