import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { Eip } from "@pulumi/aws/ec2/eip.js";
import { Cluster as AwsCluster } from "@pulumi/aws/eks/cluster.js";
import { Key } from "@pulumi/aws/kms/key.js";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster, ClusterArgs } from "../../infra/contracts/kubernetes.ts";
import { addonsOf } from "../aws/addons.ts";
import { ClusterAutoscaler } from "../aws/autoscaler.ts";
import { kubeconfigOf } from "../aws/kubeconfig.ts";
import { kept } from "../aws/lifetime.ts";
import { awsNetwork } from "../aws/network.ts";
import { AwsNodeGroup, poolLabel } from "../aws/node-group.ts";
import { awsProvider } from "../aws/provider.ts";
import { AwsRole } from "../aws/role.ts";

/** Days that the control plane's logs, with who has done what, are kept. */
const logRetention = 90;

/**
 * Amazon EKS: a control plane that is reached from `adminCidrs` and from the nodes, and nodes without public addresses in
 * three zones, those of browsers by themselves. `version` is changed in place, one minor version at a time, and without it
 * AWS raises it at the end of standard support; a changed pool replaces nodes one by one. Another label or region replaces
 * the cluster, which the protection refuses.
 *
 * Whoever runs the first `pulumi up` is the cluster's administrator; others are let in by access entries.
 *
 * People come through a Network Load Balancer, made by the cloud controller that EKS itself runs: it takes the addresses
 * below (kubernetes/cloud-provider-aws 63ec440, docs/service_controller.md), and needs neither a chart nor rights of its
 * own, which AWS's newer Load Balancer Controller does.
 *
 * Browsers' nodes are added and removed by the cluster autoscaler, not by EKS Auto Mode: that costs about an eighth of all
 * machines more and runs no machines of a fixed number and kind, which is what the stack is configured by.
 */
export class EksCluster extends pulumi.ComponentResource implements Cluster {
  readonly provider: kubernetes.Provider;
  readonly name: pulumi.Output<string>;
  readonly pools: Cluster["pools"] = {
    api: { nodeSelector: { [poolLabel]: "api" }, tolerations: [] },
    browser: {
      nodeSelector: { [poolLabel]: "browser" },
      tolerations: [{ key: poolLabel, operator: "Equal", value: "browser", effect: "NoSchedule" }],
    },
  };
  /**
   * None: inside of the network the control plane's name leads to private addresses, and its public ones, which change,
   * take nobody but `adminCidrs` (https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html).
   */
  readonly ownRanges = pulumi.output<string[]>([]);
  readonly storageClass = "gp3";
  readonly loadBalancer: Cluster["loadBalancer"];
  readonly kubeconfig: pulumi.Output<string>;
  readonly logs: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cluster:Eks", name, {}, options);
    const { label, region, ephemeral, pools } = args;
    const network = awsNetwork(args);
    const aws = awsProvider(args);
    const child = { parent: this, provider: aws };
    const own = { ...child, ...kept(args) };

    const role = new AwsRole(
      `${name}-control-plane`,
      { name: `${label}-control-plane`, takenBy: "cluster", managed: ["AmazonEKSClusterPolicy"] },
      own,
    );
    const key = new Key(
      name,
      { description: `Secrets of the cluster ${label}`, enableKeyRotation: true, tags: { Name: label } },
      own,
    );
    // EKS itself would make one that keeps everything for ever.
    const logGroup = new LogGroup(
      name,
      { name: `/aws/eks/${label}/cluster`, retentionInDays: logRetention },
      child,
    );
    const cluster = new AwsCluster(
      name,
      {
        name: label,
        ...(args.version !== undefined && { version: args.version }),
        roleArn: role.arn,
        vpcConfig: {
          subnetIds: network.privateSubnetIds,
          endpointPrivateAccess: true,
          endpointPublicAccess: true,
          publicAccessCidrs: [...args.adminCidrs],
        },
        accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
        encryptionConfig: { provider: { keyArn: key.arn }, resources: ["secrets"] },
        enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        upgradePolicy: { supportType: "STANDARD" },
        bootstrapSelfManagedAddons: false,
        deletionProtection: !ephemeral,
      },
      { ...own, dependsOn: [role, logGroup] },
    );
    this.name = cluster.name;

    const addon = addonsOf(cluster.name, cluster.version);
    // No node is ready without these.
    const early = [
      addon(
        `${name}-network`,
        { addonName: "vpc-cni", configuration: { enableNetworkPolicy: "true" } },
        child,
      ),
      addon(`${name}-proxy`, { addonName: "kube-proxy" }, child),
      addon(`${name}-identity`, { addonName: "eks-pod-identity-agent" }, child),
    ];
    const nodeRole = new AwsRole(
      `${name}-nodes`,
      {
        name: `${label}-nodes`,
        takenBy: "nodes",
        managed: ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly"],
      },
      child,
    );
    const sizes = {
      api: { machine: pools.api.machine, min: pools.api.count, max: pools.api.count, tainted: false },
      browser: { ...pools.browser, tainted: true },
    };
    const groups = (["api", "browser"] as const).map(
      (pool) =>
        new AwsNodeGroup(
          `${name}-${pool}`,
          {
            label,
            clusterName: cluster.name,
            version: cluster.version,
            roleArn: nodeRole.arn,
            subnetIds: network.privateSubnetIds,
            pool,
            ...sizes[pool],
            // Nodes leave by the network's gateway, and it goes after them.
            after: [...early, nodeRole, network],
          },
          child,
        ),
    );
    const diskRole = new AwsRole(
      `${name}-disks`,
      { name: `${label}-disks`, takenBy: "pods", managed: ["service-role/AmazonEBSCSIDriverPolicy"] },
      child,
    );
    const onNodes = { ...child, dependsOn: [...groups, diskRole] };
    const late = [
      addon(`${name}-dns`, { addonName: "coredns" }, onNodes),
      addon(
        `${name}-disks`,
        {
          addonName: "aws-ebs-csi-driver",
          identity: { serviceAccount: "ebs-csi-controller-sa", roleArn: diskRole.arn },
        },
        onNodes,
      ),
    ];

    this.kubeconfig = kubeconfigOf(cluster, region);
    this.provider = new kubernetes.Provider(
      name,
      { kubeconfig: this.kubeconfig },
      { parent: this, dependsOn: [...groups, ...late] },
    );
    new ClusterAutoscaler(
      `${name}-autoscaler`,
      {
        label,
        region,
        clusterName: cluster.name,
        nodeSelector: this.pools.api.nodeSelector,
      },
      { parent: this, providers: [aws, this.provider] },
    );
    new kubernetes.storage.v1.StorageClass(
      `${name}-disks`,
      {
        metadata: {
          name: this.storageClass,
          annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
        },
        provisioner: "ebs.csi.aws.com",
        parameters: { type: "gp3", encrypted: "true" },
        volumeBindingMode: "WaitForFirstConsumer",
        allowVolumeExpansion: true,
        reclaimPolicy: ephemeral ? "Delete" : "Retain",
      },
      { parent: this, provider: this.provider },
    );
    const addresses = network.publicSubnetIds.map(
      (_, index) => new Eip(`${name}-${index}`, { domain: "vpc", tags: { Name: label } }, own),
    );
    this.loadBalancer = {
      annotations: annotationsOf({
        type: "nlb",
        subnets: list(network.publicSubnetIds),
        "eip-allocations": list(addresses.map(({ id }) => id)),
        // Not every zone has a pod that takes what comes in.
        "cross-zone-load-balancing-enabled": "true",
      }),
      isNamed: true,
    };
    const page = `https://${region}.console.aws.amazon.com/eks/clusters`;
    this.logs = pulumi.interpolate`${page}/${cluster.name}?region=${region}&selectedTab=cluster-resources-tab`;
    this.registerOutputs();
  }
}

const list = (values: pulumi.Output<string>[]): pulumi.Output<string> =>
  pulumi.all(values).apply((all) => all.join(","));

const annotationsOf = (
  settings: Readonly<Record<string, pulumi.Input<string>>>,
): Record<string, pulumi.Input<string>> =>
  Object.fromEntries(
    Object.entries(settings).map(([setting, value]) => [
      `service.beta.kubernetes.io/aws-load-balancer-${setting}`,
      value,
    ]),
  );
