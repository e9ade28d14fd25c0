import * as pulumi from "@pulumi/pulumi";
import type { KubernetesCache, KubernetesCacheArgs } from "../../infra/contracts/kubernetes.ts";
import { serverAt } from "../external/destination.ts";

/**
 * A Redis that is there, or a Redis Cluster, by the address in the configuration. Its `maxmemory-policy` must be
 * `noeviction` (`npm run doctor` asks it): the queue lives there. Pods may then reach any address on its port.
 */
export class ExternalCache extends pulumi.ComponentResource implements KubernetesCache {
  readonly variables: KubernetesCache["variables"];
  readonly destinations: KubernetesCache["destinations"];
  readonly ready: KubernetesCache["ready"] = [];

  constructor(name: string, { external }: KubernetesCacheArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cache:External", name, {}, options);
    const { url, isCluster } = external;
    this.variables = { REDIS_URL: pulumi.secret(url), REDIS_CLUSTER: isCluster ? "true" : "" };
    this.destinations = [serverAt("redisUrl", url)];
    this.registerOutputs();
  }
}
