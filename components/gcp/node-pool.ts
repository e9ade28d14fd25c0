import type { Cluster } from "@pulumi/gcp/container/cluster.js";
import { NodePool } from "@pulumi/gcp/container/nodePool.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Scheduling } from "../../infra/contracts/kubernetes.ts";

/** Of a regional cluster, where not said otherwise; counts at creation are by zone. */
const zones = 3;

interface Nodes {
  readonly cluster: Cluster;
  /** `api` or `browser`. */
  readonly pool: string;
  readonly scheduling: Scheduling;
  readonly account: pulumi.Input<string>;
  readonly machine: string;
  /** Of the pool, in all zones together. */
  readonly min: number;
  readonly max: number;
  /** Whether they have the version of the control plane at once, and not when its release channel has them upgraded. */
  readonly followsControlPlane: boolean;
}

/**
 * Nodes of one kind. Their machine, their number and their version are changed in place: a new node is there before an old one
 * is drained and goes.
 *
 * A pool begins with `min` nodes, rounded up to as many in each zone, since the autoscaler looks at the minimum only before it
 * removes a node (https://docs.cloud.google.com/kubernetes-engine/docs/how-to/cluster-autoscaler). So a higher minimum adds none
 * until a pod finds no room. It may have as many as it begins with, also where `max` is less: the autoscaler removes those
 * that are idle.
 */
export function nodePool(name: string, nodes: Nodes, options: pulumi.CustomResourceOptions): NodePool {
  const { cluster, pool, scheduling, min, max } = nodes;
  const each = Math.ceil(min / zones);
  return new NodePool(
    name,
    {
      name: pool,
      cluster: cluster.id,
      initialNodeCount: each,
      autoscaling: {
        totalMinNodeCount: min,
        totalMaxNodeCount: Math.max(max, each * zones),
        locationPolicy: "BALANCED",
      },
      ...(nodes.followsControlPlane && { version: cluster.masterVersion }),
      management: { autoRepair: true, autoUpgrade: true },
      upgradeSettings: { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
      nodeConfig: {
        machineType: nodes.machine,
        imageType: "COS_CONTAINERD",
        diskType: "pd-balanced",
        diskSizeGb: 30,
        serviceAccount: nodes.account,
        // What it may do is said by its roles.
        oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
        labels: { ...scheduling.nodeSelector },
        taints: scheduling.tolerations.map(({ key, value }) => ({ key, value, effect: "NO_SCHEDULE" })),
        metadata: { "disable-legacy-endpoints": "true" },
        shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
        workloadMetadataConfig: { mode: "GKE_METADATA" },
      },
    },
    // The number of now is the autoscaler's; another one here would make the pool anew.
    { ...options, ignoreChanges: ["initialNodeCount"] },
  );
}
