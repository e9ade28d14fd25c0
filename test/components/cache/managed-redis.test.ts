import { beforeAll, describe, expect, test } from "vitest";
import { ManagedRedisCache } from "../../../components/cache/managed-redis.ts";
import type { KubernetesCacheArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, resourceOf, type Recording, Secret } from "../../../infra/testing/index.ts";
import { call, foundation, ids, respond } from "../azure/answers.ts";
import { cacheArgs, cacheConformance } from "../kubernetes-place.ts";

const make = async (args: KubernetesCacheArgs) =>
  new ManagedRedisCache("cache", { ...args, region: "spaincentral" });

const start = (change: Partial<KubernetesCacheArgs> = {}, preview = false): Promise<Recording> =>
  recordProgram(
    async () => {
      const { variables, destinations } = await make(cacheArgs(change));
      return { ...variables, destinations };
    },
    { preview, respond, call },
  );

/** As it is without any change. */
let standard: Recording;
beforeAll(async () => {
  standard = await start();
});

const clusterIn = (recording: Recording) =>
  resourceOf(recording, "azure-native:redisenterprise:RedisEnterprise");

describe("Redis at Azure", () => {
  cacheConformance(make, {
    respond,
    call,
    kept: [...foundation, "cache", "cache-database", "cache-zone", "cache-zone-link"],
  });

  test("has no address on the internet, and speaks TLS alone", async () => {
    expect(clusterIn(standard).inputs).toEqual({
      resourceGroupName: "testfarm-test",
      clusterName: "testfarm-test-1a2b3c",
      location: "spaincentral",
      sku: { name: "Balanced_B0" },
      highAvailability: "Disabled",
      minimumTlsVersion: "1.2",
      publicNetworkAccess: "Disabled",
    });
    expect(resourceOf(standard, "azure-native:redisenterprise:Database").inputs).toMatchObject({
      clientProtocol: "Encrypted",
      accessKeysAuthentication: "Enabled",
    });
  });

  test("forgets nothing by itself, and looks like one server", async () => {
    expect(resourceOf(standard, "azure-native:redisenterprise:Database").inputs).toMatchObject({
      databaseName: "default",
      port: 10_000,
      evictionPolicy: "NoEviction",
      clusteringPolicy: "EnterpriseCluster",
      persistence: { aofEnabled: true, aofFrequency: "1s" },
    });
  });

  test("has a second copy where it may lose a zone", async () => {
    const { inputs } = clusterIn(await start({ highAvailability: true }));
    expect(inputs["highAvailability"]).toBe("Enabled");
  });

  test("is in the stack's network, under its own name", async () => {
    const endpoint = resourceOf(standard, "azure-native:network:PrivateEndpoint");
    expect(endpoint.inputs).toMatchObject({
      subnet: { id: `${ids.group}/azure-endpoints` },
      privateLinkServiceConnections: [
        { privateLinkServiceId: `${ids.group}/cache`, groupIds: ["redisEnterprise"] },
      ],
    });
    expect(resourceOf(standard, "azure-native:privatedns:PrivateZone").inputs["privateZoneName"]).toBe(
      "privatelink.redis.azure.net",
    );
    expect(resourceOf(standard, "azure-native:network:PrivateDnsZoneGroup").inputs).toMatchObject({
      privateEndpointName: "testfarm-test-redis",
      privateDnsZoneConfigs: [{ privateDnsZoneId: `${ids.group}/cache-zone` }],
    });
  });

  test("lets in whoever has Azure's key, which is asked for once it is there", async () => {
    const { outputs } = standard;
    expect((outputs["REDIS_URL"] as Secret).reveal()).toBe(
      "rediss://:canary-cache%2F%2B%3D@testfarm-test-1a2b3c.spaincentral.redis.azure.net:10000",
    );
    expect(outputs["REDIS_CLUSTER"]).toBe("");
    expect(outputs["destinations"]).toEqual([{ to: { ranges: ["10.240.16.32/28"] }, port: 10_000 }]);
    expect((await start({}, true)).outputs["REDIS_URL"]).toBeInstanceOf(Secret);
  });
});
