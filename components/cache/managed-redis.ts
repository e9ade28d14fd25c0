import { PrivateDnsZoneGroup } from "@pulumi/azure-native/network/privateDnsZoneGroup.js";
import { PrivateEndpoint } from "@pulumi/azure-native/network/privateEndpoint.js";
import { Database } from "@pulumi/azure-native/redisenterprise/database.js";
import { listDatabaseKeysOutput } from "@pulumi/azure-native/redisenterprise/listDatabaseKeys.js";
import { RedisEnterprise } from "@pulumi/azure-native/redisenterprise/redisEnterprise.js";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesCache, KubernetesCacheArgs } from "../../infra/contracts/kubernetes.ts";
import { azureNetwork, kept, ranges } from "../azure/network.ts";
import { PrivateZone } from "../azure/private-zone.ts";

/** 0.5 GB, the smallest. */
const size = "Balanced_B0";

/** Azure Managed Redis has no other one. */
const port = 10_000;

/**
 * Redis at Azure Managed Redis, by a private endpoint in the stack's network and over TLS alone. It forgets nothing by itself,
 * and writes down each second what it has.
 *
 * One proxy answers for all of it (`EnterpriseCluster`), so that clients need not know Redis Cluster. `highAvailability` is
 * turned on in place and not off again; another region or policy replaces it, which the protection refuses.
 *
 * The key that lets in is Azure's; it is asked for once the database is there.
 */
export class ManagedRedisCache extends pulumi.ComponentResource implements KubernetesCache {
  readonly variables: KubernetesCache["variables"];
  readonly destinations: KubernetesCache["destinations"] = [{ to: { ranges: [ranges.endpoints] }, port }];
  readonly ready: KubernetesCache["ready"];

  constructor(name: string, args: KubernetesCacheArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cache:ManagedRedis", name, {}, options);
    const { label, region: location, highAvailability } = args;
    const network = azureNetwork(args);
    const inGroup = { resourceGroupName: network.group };
    const child = { parent: this };
    const data = { ...child, ...kept(args) };
    const cluster = new RedisEnterprise(
      name,
      {
        ...inGroup,
        clusterName: network.unique,
        location,
        sku: { name: size },
        highAvailability: highAvailability ? "Enabled" : "Disabled",
        minimumTlsVersion: "1.2",
        publicNetworkAccess: "Disabled",
      },
      data,
    );
    const database = new Database(
      `${name}-database`,
      {
        ...inGroup,
        clusterName: cluster.name,
        databaseName: "default",
        port,
        clientProtocol: "Encrypted",
        clusteringPolicy: "EnterpriseCluster",
        evictionPolicy: "NoEviction",
        persistence: { aofEnabled: true, aofFrequency: "1s" },
        accessKeysAuthentication: "Enabled",
      },
      data,
    );
    const endpoint = new PrivateEndpoint(
      `${name}-endpoint`,
      {
        ...inGroup,
        privateEndpointName: `${label}-redis`,
        location,
        subnet: { id: network.subnets.endpoints },
        privateLinkServiceConnections: [
          { name: "redis", privateLinkServiceId: cluster.id, groupIds: ["redisEnterprise"] },
        ],
      },
      { ...child, dependsOn: [database] },
    );
    const zone = new PrivateZone(`${name}-zone`, { zone: "privatelink.redis.azure.net", place: args }, this);
    const named = new PrivateDnsZoneGroup(
      `${name}-name`,
      {
        ...inGroup,
        privateEndpointName: endpoint.name,
        privateDnsZoneGroupName: "default",
        privateDnsZoneConfigs: [{ name: "redis", privateDnsZoneId: zone.id }],
      },
      { ...child, dependsOn: [zone.ready] },
    );
    const keys = listDatabaseKeysOutput(
      { ...inGroup, clusterName: cluster.name, databaseName: database.name },
      child,
    );
    const key = pulumi.secret(keys.primaryKey).apply(encodeURIComponent);
    this.variables = {
      REDIS_URL: pulumi.secret(pulumi.interpolate`rediss://:${key}@${cluster.hostName}:${port}`),
      REDIS_CLUSTER: "",
    };
    this.ready = [named];
    this.registerOutputs();
  }
}
