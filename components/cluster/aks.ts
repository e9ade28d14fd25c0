import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { AgentPool } from "@pulumi/azure-native/containerservice/agentPool.js";
import { MaintenanceConfiguration } from "@pulumi/azure-native/containerservice/maintenanceConfiguration.js";
import { ManagedCluster } from "@pulumi/azure-native/containerservice/managedCluster.js";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import { PublicIPAddress } from "@pulumi/azure-native/network/publicIPAddress.js";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster, ClusterArgs } from "../../infra/contracts/kubernetes.ts";
import { AuditLog } from "../azure/audit-log.ts";
import { kubeconfigOf } from "../azure/kubeconfig.ts";
import { azureNetwork, kept, ranges } from "../azure/network.ts";

/** Every region of infra/kubernetes/regions.ts has three. */
const zones = ["1", "2", "3"];

/** "Network Contributor": https://learn.microsoft.com/en-us/azure/role-based-access-control/built-in-roles/networking. */
const networkContributor = "4d97b98b-1d4f-4787-a291-c67834d212e7";

const label = "testfarm/pool";
const storageClass = "testfarm";

/** Both kinds of upgrades, by the names that AKS has for them; nobody is at work then. */
const upgrades = { kubernetes: "aksManagedAutoUpgradeSchedule", nodes: "aksManagedNodeOSUpgradeSchedule" };
const maintenanceWindow = {
  schedule: { weekly: { dayOfWeek: "Sunday", intervalWeeks: 1 } },
  startTime: "02:00",
  utcOffset: "+00:00",
  durationHours: 4,
};

/**
 * What both pools have in common. Chromium makes its sandbox of user namespaces. AKS has them on Azure Linux 3 and Ubuntu 24.04
 * (https://github.com/Azure/AKS/issues/3949), of which Ubuntu forbids them to unprivileged processes by AppArmor; that Azure
 * Linux does not is unverified. A disk of 128 GB, AKS's default, costs twice as much as this one.
 */
const machine = {
  osType: "Linux",
  osSKU: "AzureLinux",
  osDiskSizeGB: 64,
  type: "VirtualMachineScaleSets",
  enableEncryptionAtHost: true,
  enableNodePublicIP: false,
  availabilityZones: zones,
  // A new node is there before an old one is drained.
  upgradeSettings: { maxSurge: "1", drainTimeoutInMinutes: 30 },
};

/**
 * A cluster at Azure Kubernetes Service with Cilium, which enforces NetworkPolicies, in three zones of a network of its own. No
 * node has an address on the internet.
 *
 * In place are changed: the number of nodes, `adminCidrs`, `highAvailability` (the control plane's promise, which is
 * billed) and `version`, control plane first; AKS goes up one minor version at a time and never down. Without `version` AKS
 * raises it (channel `stable`), with one it only patches; nodes get a new image a week. The machines of `api` stay: AKS
 * refuses another size for a pool. Of `browser` they are replaced with their pool. Region and network replace the cluster
 * (`forceNewMap` in provider/pkg/gen/replacement.go of pulumi/pulumi-azure-native 1b7112a), which the protection refuses.
 *
 * There are no local accounts: whoever runs Pulumi or kubectl is signed in to Azure CLI, has `kubelogin` on the PATH, and
 * the role "Azure Kubernetes Service RBAC Cluster Admin". Encryption at host has to be registered in the subscription
 * once. docs/aks.md has the commands.
 *
 * `ownRanges` is empty: Azure tells no address of the control plane, only a name. A browser that went there would have to sign in,
 * like everybody else.
 */
export class AksCluster extends pulumi.ComponentResource implements Cluster {
  readonly provider: kubernetes.Provider;
  readonly name: pulumi.Output<string>;
  readonly pools: Cluster["pools"] = {
    api: { nodeSelector: { [label]: "api" }, tolerations: [] },
    browser: {
      nodeSelector: { [label]: "browser" },
      tolerations: [{ key: label, operator: "Equal", value: "browser", effect: "NoSchedule" }],
    },
  };
  readonly ownRanges = pulumi.output<readonly string[]>([]);
  readonly storageClass = storageClass;
  readonly loadBalancer: Cluster["loadBalancer"];
  readonly kubeconfig: pulumi.Output<string>;
  readonly logs: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cluster:Aks", name, {}, options);
    const { region: location, version, pools, adminCidrs } = args;
    const child = { parent: this };
    const network = azureNetwork(args);
    const inGroup = { resourceGroupName: network.group, location };
    const ofVersion = version === undefined ? {} : { orchestratorVersion: version };

    const identity = new UserAssignedIdentity(
      `${name}-identity`,
      { ...inGroup, resourceName: args.label },
      child,
    );
    const subscription = network.groupId.apply((id) => id.split("/").slice(0, 3).join("/"));
    const mayUseNetwork = new RoleAssignment(
      `${name}-network`,
      {
        principalId: identity.principalId,
        principalType: "ServicePrincipal",
        roleDefinitionId: pulumi.interpolate`${subscription}/providers/Microsoft.Authorization/roleDefinitions/${networkContributor}`,
        scope: network.groupId,
      },
      child,
    );
    const address = new PublicIPAddress(
      `${name}-address`,
      {
        ...inGroup,
        publicIpAddressName: args.label,
        sku: { name: "Standard" },
        publicIPAllocationMethod: "Static",
        zones,
      },
      { ...child, ...kept(args) },
    );
    const cluster = new ManagedCluster(
      name,
      {
        ...inGroup,
        resourceName: args.label,
        dnsPrefix: args.label,
        sku: { name: "Base", tier: args.highAvailability ? "Standard" : "Free" },
        ...(version !== undefined && { kubernetesVersion: version }),
        autoUpgradeProfile: {
          upgradeChannel: version === undefined ? "stable" : "patch",
          nodeOSUpgradeChannel: "NodeImage",
        },
        identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
        enableRBAC: true,
        disableLocalAccounts: true,
        aadProfile: { managed: true, enableAzureRBAC: true },
        apiServerAccessProfile: { authorizedIPRanges: [...adminCidrs], disableRunCommand: true },
        oidcIssuerProfile: { enabled: true },
        securityProfile: { workloadIdentity: { enabled: true } },
        networkProfile: {
          networkPlugin: "azure",
          networkPluginMode: "overlay",
          networkDataplane: "cilium",
          networkPolicy: "cilium",
          loadBalancerSku: "standard",
          outboundType: "loadBalancer",
          podCidr: ranges.pods,
          serviceCidr: ranges.services,
          // One of the Services' range.
          dnsServiceIP: "10.0.0.10",
        },
        agentPoolProfiles: [
          {
            ...machine,
            ...ofVersion,
            name: "api",
            mode: "System",
            vmSize: pools.api.machine,
            count: pools.api.count,
            vnetSubnetID: network.subnets.nodes,
            nodeLabels: { [label]: "api" },
          },
        ],
      },
      { ...child, ...kept(args), dependsOn: [mayUseNetwork] },
    );
    const inCluster = { resourceGroupName: network.group, resourceName: cluster.name };
    const browsers = new AgentPool(
      `${name}-browser`,
      {
        ...inCluster,
        ...machine,
        ...ofVersion,
        agentPoolName: "browser",
        mode: "User",
        vmSize: pools.browser.machine,
        enableAutoScaling: true,
        count: pools.browser.min,
        minCount: pools.browser.min,
        maxCount: pools.browser.max,
        vnetSubnetID: network.subnets.nodes,
        nodeLabels: { [label]: "browser" },
        nodeTaints: [`${label}=browser:NoSchedule`],
      },
      // The autoscaler's.
      { ...child, ignoreChanges: ["count"] },
    );
    for (const [of, configName] of Object.entries(upgrades))
      new MaintenanceConfiguration(
        `${name}-upgrades-${of}`,
        { ...inCluster, configName, maintenanceWindow },
        child,
      );
    new AuditLog(`${name}-audit`, { clusterId: cluster.id, place: args }, child);

    this.name = cluster.name;
    this.kubeconfig = kubeconfigOf(cluster, network.group, this);
    this.logs = pulumi.interpolate`https://portal.azure.com/#@/resource${cluster.id}/workloads`;
    this.loadBalancer = {
      annotations: {
        "service.beta.kubernetes.io/azure-load-balancer-resource-group": network.group,
        "service.beta.kubernetes.io/azure-pip-name": address.name,
      },
    };
    this.provider = new kubernetes.Provider(
      name,
      // By which it is the same one, whatever else is in the kubeconfig.
      { kubeconfig: this.kubeconfig, clusterIdentifier: cluster.id },
      { ...child, dependsOn: [browsers] },
    );
    new kubernetes.storage.v1.StorageClass(
      `${name}-disks`,
      {
        metadata: { name: storageClass },
        provisioner: "disk.csi.azure.com",
        parameters: { skuName: "StandardSSD_LRS" },
        reclaimPolicy: args.ephemeral ? "Delete" : "Retain",
        allowVolumeExpansion: true,
        // In the zone of the pod.
        volumeBindingMode: "WaitForFirstConsumer",
      },
      { ...child, provider: this.provider },
    );
    this.registerOutputs();
  }
}
