import { beforeAll, describe, expect, test } from "vitest";
import { MemorystoreCache } from "../../../components/cache/memorystore.ts";
import type { KubernetesCacheArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, resourceOf, Secret, type Recording } from "../../../infra/testing/index.ts";
import { respond } from "../gcp/answers.ts";
import { cacheArgs, cacheConformance } from "../kubernetes-place.ts";

const make = async (args: KubernetesCacheArgs) => new MemorystoreCache("cache", args);

const start = (change: Partial<KubernetesCacheArgs> = {}) =>
  recordProgram(
    async () => {
      const { variables, destinations } = await make(cacheArgs(change));
      return { ...variables, destinations };
    },
    { respond },
  );

/** As it is without any change. */
let standard: Recording;
beforeAll(async () => {
  standard = await start();
});

cacheConformance(make, {
  respond,
  kept: ["network", "network-nodes", "private-services", "private-services-range", "cache"],
});

describe("a cache at Memorystore", () => {
  test("is a Redis that forgets nothing, with a password, in the stack's network only", () => {
    expect(resourceOf(standard, "gcp:redis/instance:Instance").inputs).toEqual({
      name: "testfarm-test",
      region: "europe-southwest1",
      tier: "BASIC",
      memorySizeGb: 1,
      redisVersion: "REDIS_7_2",
      redisConfigs: { "maxmemory-policy": "noeviction" },
      connectMode: "PRIVATE_SERVICE_ACCESS",
      authorizedNetwork: "network-id",
      authEnabled: true,
      transitEncryptionMode: "DISABLED",
      deletionProtection: true,
    });
  });

  test("has a replica that takes over where the loss of a zone is to be survived", async () => {
    const { inputs } = resourceOf(await start({ highAvailability: true }), "gcp:redis/instance:Instance");
    expect(inputs["tier"]).toBe("STANDARD_HA");
  });

  test("may be deleted at Google where its data may go with the stack", async () => {
    const { inputs } = resourceOf(await start({ ephemeral: true }), "gcp:redis/instance:Instance");
    expect(inputs["deletionProtection"]).toBe(false);
  });

  test("is addressed with the password that Google has made", () => {
    const { outputs } = standard;
    expect(outputs).toEqual({
      REDIS_URL: new Secret("redis://default:canary-cache@10.9.0.4:6379"),
      REDIS_CLUSTER: "",
      destinations: [{ to: { ranges: ["10.9.0.4/32"] }, port: 6379 }],
    });
  });
});
