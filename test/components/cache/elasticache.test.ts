import { expect, test } from "vitest";
import { kubernetesCache } from "../../../components/cache/index.ts";
import type { KubernetesCacheArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, resourceOf, Secret } from "../../../infra/testing/index.ts";
import { answersOf, networkKept } from "../aws/answers.ts";
import { cacheArgs, cacheConformance } from "../kubernetes-place.ts";

const region = "eu-south-2";
const make = (args: KubernetesCacheArgs) => kubernetesCache.eks("cache", { ...args, region });

/** What a cache is in stays too: its network, and of its own a security group, subnets and settings. */
cacheConformance(make, {
  respond: answersOf,
  kept: [...networkKept, "cache", "cache", "cache", "cache"],
});

const start = (change: Partial<KubernetesCacheArgs> = {}) =>
  recordProgram(
    async () => {
      const { variables, destinations } = await make(cacheArgs(change));
      return { ...variables, destinations };
    },
    { preview: false, respond: answersOf },
  );
const group = "aws:elasticache/replicationGroup:ReplicationGroup";

test("is Valkey for nodes alone, encrypted on its way and at rest, and copied each day", async () => {
  const recording = await start();
  const { inputs } = resourceOf(recording, group);
  expect(inputs).toEqual({
    replicationGroupId: "testfarm-test",
    description: "Queue of testfarm-test",
    engine: "valkey",
    engineVersion: "8.0",
    nodeType: "cache.t4g.micro",
    port: 6379,
    numCacheClusters: 1,
    automaticFailoverEnabled: false,
    multiAzEnabled: false,
    subnetGroupName: "testfarm-test",
    securityGroupIds: ["cache-id"],
    parameterGroupName: "testfarm-test-valkey8",
    transitEncryptionEnabled: true,
    atRestEncryptionEnabled: true,
    authToken: expect.any(Secret) as Secret,
    authTokenUpdateStrategy: "ROTATE",
    applyImmediately: true,
    snapshotRetentionLimit: 3,
    finalSnapshotIdentifier: "testfarm-test-final",
  });
  expect((inputs["authToken"] as Secret).reveal()).toBe("canary-cache");
  expect(resourceOf(recording, "aws:ec2/securityGroup:SecurityGroup", "cache").inputs).toEqual({
    name: "testfarm-test-valkey",
    description: "From nodes at port 6379",
    vpcId: "network-id",
    ingress: [
      {
        protocol: "tcp",
        fromPort: 6379,
        toPort: 6379,
        cidrBlocks: ["10.0.64.0/18", "10.0.128.0/18", "10.0.192.0/18"],
      },
    ],
  });
  expect(recording.outputs["destinations"]).toEqual([
    { to: { ranges: ["10.0.64.0/18", "10.0.128.0/18", "10.0.192.0/18"] }, port: 6379 },
  ]);
});

test("forgets no job when it is full", async () => {
  const { inputs } = resourceOf(await start(), "aws:elasticache/parameterGroup:ParameterGroup");
  expect(inputs).toMatchObject({
    family: "valkey8",
    parameters: [{ name: "maxmemory-policy", value: "noeviction" }],
  });
});

test("is reached by TLS with its password", async () => {
  const { outputs } = await start();
  expect((outputs["REDIS_URL"] as Secret).reveal()).toBe("rediss://:canary-cache@master.cache.test:6379");
  expect(outputs["REDIS_CLUSTER"]).toBe("");
});

test("has a second node in another zone where it has to survive the loss of one", async () => {
  const { inputs } = resourceOf(await start({ highAvailability: true }), group);
  expect(inputs).toMatchObject({ numCacheClusters: 2, automaticFailoverEnabled: true, multiAzEnabled: true });
});

test("leaves no copy where its data may go", async () => {
  const { inputs } = resourceOf(await start({ ephemeral: true }), group);
  expect(inputs["snapshotRetentionLimit"]).toBe(0);
  expect(inputs).not.toHaveProperty("finalSnapshotIdentifier");
});
