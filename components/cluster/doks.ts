// By file: the package's index, imported as a whole, loads each of its resources.
import { getKubernetesVersionsOutput } from "@pulumi/digitalocean/getKubernetesVersions.js";
import { KubernetesCluster } from "@pulumi/digitalocean/kubernetesCluster.js";
import { KubernetesNodePool } from "@pulumi/digitalocean/kubernetesNodePool.js";
import { Vpc } from "@pulumi/digitalocean/vpc.js";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster, ClusterArgs } from "../../infra/contracts/kubernetes.ts";
import { kubeconfigOf } from "../kubeconfig.ts";

const label = "testfarm/pool";
const isBrowser = { key: label, value: "browser", effect: "NoSchedule" } as const;

/**
 * A cluster at DigitalOcean with Cilium, which enforces NetworkPolicies, in a network of its own. A region there has no zones;
 * nodes have addresses on the internet, behind a firewall of DigitalOcean's that lets nothing in but what a Service publishes.
 *
 * In place are changed: the number of nodes, `adminCidrs`, `version`, and `highAvailability`, which DigitalOcean turns on
 * and never off. A lower `version` or another region replaces the cluster (digitalocean/kubernetes/ of
 * digitalocean/terraform-provider-digitalocean 046b42c), which the protection refuses, and so would another machine for `api`:
 * its change is ignored. For `browser` it replaces the pool.
 *
 * Without `version` it is the newest on the day that the cluster is made, and only patched; with one the newest patch of that.
 *
 * Kubectl asks `doctl` for a token, with the login of doctl's own or DIGITALOCEAN_ACCESS_TOKEN.
 */
export class DoksCluster extends pulumi.ComponentResource implements Cluster {
  readonly provider: kubernetes.Provider;
  readonly name: pulumi.Output<string>;
  readonly pools: Cluster["pools"] = {
    api: { nodeSelector: { [label]: "api" }, tolerations: [] },
    browser: {
      nodeSelector: { [label]: "browser" },
      tolerations: [{ ...isBrowser, operator: "Equal" }],
    },
  };
  readonly ownRanges: pulumi.Output<readonly string[]>;
  /** One of the cluster's own; the other one deletes a disk with the claim to it. */
  readonly storageClass: string;
  readonly loadBalancer: Cluster["loadBalancer"];
  readonly kubeconfig: pulumi.Output<string>;
  readonly logs: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cluster:Doks", name, {}, options);
    const { region, version, pools, adminCidrs, highAvailability, ephemeral } = args;
    const child = { parent: this };
    const kept = { ...child, protect: !ephemeral, retainOnDelete: !ephemeral };
    const versions = getKubernetesVersionsOutput(
      version === undefined ? {} : { versionPrefix: `${version}.` },
      child,
    );
    const network = new Vpc(`${name}-network`, { name: args.label, region }, kept);
    const cluster = new KubernetesCluster(
      name,
      {
        name: args.label,
        region,
        version: versions.latestVersion,
        vpcUuid: network.id,
        ha: highAvailability,
        autoUpgrade: true,
        surgeUpgrade: true,
        maintenancePolicy: { day: "sunday", startTime: "02:00" },
        controlPlaneFirewall: { enabled: true, allowedAddresses: [...adminCidrs] },
        registryIntegration: false,
        nodePool: {
          name: "api",
          size: pools.api.machine,
          nodeCount: pools.api.count,
          labels: { [label]: "api" },
        },
      },
      { ...kept, ignoreChanges: ["nodePool.size", ...(version === undefined ? ["version"] : [])] },
    );
    const browsers = new KubernetesNodePool(
      `${name}-browser`,
      {
        clusterId: cluster.id,
        name: "browser",
        size: pools.browser.machine,
        autoScale: true,
        minNodes: pools.browser.min,
        maxNodes: pools.browser.max,
        labels: { [label]: "browser" },
        taints: [isBrowser],
      },
      child,
    );

    this.name = cluster.name;
    this.ownRanges = cluster.ipv4Address.apply((address) => [`${address}/32`]);
    this.storageClass = ephemeral ? "do-block-storage" : "do-block-storage-retain";
    this.loadBalancer = {
      annotations: {
        "service.beta.kubernetes.io/do-loadbalancer-name": args.label,
        // It hands packets on as they are, and with them the visitor's address.
        "service.beta.kubernetes.io/do-loadbalancer-type": "REGIONAL_NETWORK",
      },
    };
    this.kubeconfig = pulumi
      .all([cluster.id, cluster.name, cluster.endpoint, pulumi.unsecret(cluster.kubeConfigs)])
      .apply(([id, clusterName, server, [config]]) =>
        kubeconfigOf({
          name: clusterName,
          server,
          authority: config?.clusterCaCertificate ?? "",
          program: {
            command: "doctl",
            args: ["kubernetes", "cluster", "kubeconfig", "exec-credential", "--version=v1beta1", id],
            hint: "Install doctl: https://docs.digitalocean.com/reference/doctl/how-to/install/",
          },
        }),
      );
    this.logs = pulumi.interpolate`https://cloud.digitalocean.com/kubernetes/clusters/${cluster.id}`;
    this.provider = new kubernetes.Provider(
      name,
      // By which it is the same one, whatever else is in the kubeconfig.
      { kubeconfig: this.kubeconfig, clusterIdentifier: cluster.id },
      { ...child, dependsOn: [browsers] },
    );
    this.registerOutputs();
  }
}
