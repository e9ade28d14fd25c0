import { Address } from "@pulumi/gcp/compute/address.js";
import { Cluster as GoogleCluster } from "@pulumi/gcp/container/cluster.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster, ClusterArgs, Scheduling } from "../../infra/contracts/kubernetes.ts";
import { kubeconfigOf } from "../gcp/kubeconfig.ts";
import { kept } from "../gcp/lifetime.ts";
import { networkOf, rangeNames } from "../gcp/network.ts";
import { NodeAccount } from "../gcp/node-account.ts";
import { nodePool } from "../gcp/node-pool.ts";
import { googleCloud } from "../gcp/provider.ts";

const poolLabel = "testfarm/pool";
const onPool = (pool: string): Scheduling => ({ nodeSelector: { [poolLabel]: pool }, tolerations: [] });
const anywhere: Scheduling = { nodeSelector: {}, tolerations: [] };
/** A taint keeps everything else from the browsers' nodes. */
const onBrowserPool: Scheduling = {
  ...onPool("browser"),
  tolerations: [{ key: poolLabel, operator: "Equal", value: "browser", effect: "NoSchedule" }],
};

/**
 * A cluster at Google Kubernetes Engine: a control plane in three zones of the region, and nodes in the same zones without public
 * addresses. Dataplane V2 enforces NetworkPolicies (https://docs.cloud.google.com/kubernetes-engine/docs/concepts/dataplane-v2).
 *
 * The control plane has a public address, which answers `adminCidrs` alone; the machine on which Pulumi runs has to be in them.
 * Disks, and what is in the control plane, are encrypted by Google. Google keeps who has changed what (Admin Activity) without
 * being asked; who has read what (Data Access) has to be turned on in the project, and is billed.
 *
 * `version` is the least one of the control plane: a higher one is changed in place, control plane first and then one node at a
 * time; a lower one changes nothing. Without it the release channel `REGULAR` decides. `autopilot`, region and label replace
 * the cluster, which the protection refuses (`ForceNew` in hashicorp/terraform-provider-google e03b762, of 2026-08-21, for this
 * and what is said of changes in components/gcp/).
 */
export class GkeCluster extends pulumi.ComponentResource implements Cluster {
  readonly provider: Provider;
  readonly name: pulumi.Output<string>;
  readonly pools: Cluster["pools"];
  readonly ownRanges: pulumi.Output<readonly string[]>;
  readonly loadBalancer: Cluster["loadBalancer"];
  readonly kubeconfig: pulumi.Output<string>;
  readonly logs: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cluster:Gke", name, {}, options);
    const { label, region, project, ephemeral, version, autopilot } = args;
    const child = { parent: this, provider: googleCloud(args) };
    const network = networkOf(args);
    const { email } = new NodeAccount(`${name}-nodes`, args, { parent: this });

    const cluster = new GoogleCluster(
      name,
      {
        name: label,
        location: region,
        network: network.id,
        subnetwork: network.subnetwork,
        networkingMode: "VPC_NATIVE",
        ipAllocationPolicy: {
          clusterSecondaryRangeName: rangeNames.pods,
          servicesSecondaryRangeName: rangeNames.services,
        },
        privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: false },
        masterAuthorizedNetworksConfig: {
          cidrBlocks: args.adminCidrs.map((cidrBlock) => ({ cidrBlock })),
          gcpPublicCidrsAccessEnabled: false,
        },
        workloadIdentityConfig: { workloadPool: `${project}.svc.id.goog` },
        releaseChannel: { channel: "REGULAR" },
        ...(version !== undefined && { minMasterVersion: version }),
        gatewayApiConfig: { channel: "CHANNEL_STANDARD" },
        loggingConfig: { enableComponents: ["SYSTEM_COMPONENTS", "WORKLOADS"] },
        // GMT; what the release channel raises is raised in the four hours from then.
        maintenancePolicy: { dailyMaintenanceWindow: { startTime: "02:00" } },
        deletionProtection: !ephemeral,
        ...(autopilot ? autopilotNodes(email) : ownNodes),
      },
      { ...child, ...kept(args), dependsOn: [network.ready] },
    );
    const nodes = { cluster, account: email, followsControlPlane: version !== undefined };
    const { api, browser } = args.pools;
    const pools = autopilot
      ? []
      : [
          nodePool(
            `${name}-api`,
            { ...nodes, ...api, pool: "api", scheduling: onPool("api"), min: api.count, max: api.count },
            child,
          ),
          nodePool(
            `${name}-browser`,
            { ...nodes, ...browser, pool: "browser", scheduling: onBrowserPool },
            child,
          ),
        ];
    const address = new Address(`${name}-address`, { name: label, region }, { ...child, ...kept(args) });

    this.name = cluster.name;
    this.kubeconfig = kubeconfigOf(cluster);
    this.provider = new Provider(
      `${name}-kubernetes`,
      { kubeconfig: this.kubeconfig },
      { parent: this, dependsOn: [cluster, ...pools] },
    );
    this.pools = autopilot
      ? { api: anywhere, browser: anywhere }
      : { api: onPool("api"), browser: onBrowserPool };
    this.ownRanges = pulumi.all([pulumi.interpolate`${cluster.endpoint}/32`]);
    this.loadBalancer = { annotations: {}, ip: address.address };
    this.logs = pulumi.output(
      `https://console.cloud.google.com/kubernetes/workload/overview?project=${project}`,
    );
    this.registerOutputs();
  }
}

/** Pools of one's own; the one that Google makes with every cluster goes at once. */
const ownNodes = {
  removeDefaultNodePool: true,
  initialNodeCount: 1,
  datapathProvider: "ADVANCED_DATAPATH",
  enableShieldedNodes: true,
  // Google's Prometheus would take memory of every node; what is scraped is billed by the sample.
  monitoringConfig: { enableComponents: ["SYSTEM_COMPONENTS"], managedPrometheus: { enabled: false } },
};

/** Google chooses and secures the nodes; whose account they have, it does not. */
const autopilotNodes = (serviceAccount: pulumi.Output<string>) => ({
  enableAutopilot: true,
  clusterAutoscaling: {
    autoProvisioningDefaults: {
      serviceAccount,
      oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
    },
  },
});
