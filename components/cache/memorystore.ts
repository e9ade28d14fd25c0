import { Instance } from "@pulumi/gcp/redis/instance.js";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesCache, KubernetesCacheArgs } from "../../infra/contracts/kubernetes.ts";
import { kept } from "../gcp/lifetime.ts";
import { privateServicesOf } from "../gcp/private-services.ts";
import { googleCloud } from "../gcp/provider.ts";

/**
 * Redis 7.2 at Memorystore with 1 GB, with an address in the stack's network only. Google makes its password: the stack's is not
 * used. The basic tier has one server, which is empty after its maintenance; the queue is then filled again from the database.
 *
 * `highAvailability` is another tier, which replaces it, as another region or label does; the protection refuses that: set
 * `cache` to `none` or `cluster` first, and back when this one is gone.
 *
 * Connections are plain inside of the network. With Memorystore's TLS the certificate is of an authority of this instance alone
 * (https://docs.cloud.google.com/memorystore/docs/redis/about-in-transit-encryption), which the application cannot be told of, so
 * that it would say nothing of who answers. Memorystore for Valkey is cheaper, but lets in who asks, or by tokens of an hour.
 */
export class MemorystoreCache extends pulumi.ComponentResource implements KubernetesCache {
  readonly variables: KubernetesCache["variables"];
  readonly destinations: KubernetesCache["destinations"];
  readonly ready: KubernetesCache["ready"];

  constructor(name: string, args: KubernetesCacheArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cache:Memorystore", name, {}, options);
    const { label, region, ephemeral, highAvailability } = args;
    const redis = new Instance(
      name,
      {
        name: label,
        region,
        tier: highAvailability ? "STANDARD_HA" : "BASIC",
        memorySizeGb: 1,
        redisVersion: "REDIS_7_2",
        redisConfigs: { "maxmemory-policy": "noeviction" },
        connectMode: "PRIVATE_SERVICE_ACCESS",
        authorizedNetwork: privateServicesOf(args).network,
        authEnabled: true,
        transitEncryptionMode: "DISABLED",
        deletionProtection: !ephemeral,
      },
      { parent: this, provider: googleCloud(args), ...kept(args) },
    );
    // The password is secret, and so is what has it in it.
    const { host, port, authString } = redis;
    this.variables = {
      REDIS_URL: pulumi.interpolate`redis://default:${authString.apply(encodeURIComponent)}@${host}:${port}`,
      REDIS_CLUSTER: "",
    };
    this.destinations = [{ to: { ranges: [pulumi.interpolate`${host}/32`] }, port }];
    this.ready = [redis];
    this.registerOutputs();
  }
}
