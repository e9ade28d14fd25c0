import { beforeAll, describe, expect, test } from "vitest";
import { AksCluster } from "../../../components/cluster/aks.ts";
import type { ClusterArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, resourceOf, type Recording } from "../../../infra/testing/index.ts";
import { call, foundation, ids, respond } from "../azure/answers.ts";
import { clusterArgs, clusterConformance } from "../kubernetes-place.ts";

const make = async (args: ClusterArgs) => new AksCluster("cluster", { ...args, region: "spaincentral" });

const start = (change: Partial<ClusterArgs> = {}): Promise<Recording> =>
  recordProgram(
    async () => {
      const { kubeconfig, logs, loadBalancer, pools, storageClass } = await make(clusterArgs(change));
      return { kubeconfig, logs, loadBalancer, pools, storageClass };
    },
    { preview: false, respond, call },
  );

/** As it is without any change. */
let standard: Recording;
beforeAll(async () => {
  standard = await start();
});

const clusterIn = (recording: Recording) =>
  resourceOf(recording, "azure-native:containerservice:ManagedCluster");
const browsersIn = (recording: Recording) => resourceOf(recording, "azure-native:containerservice:AgentPool");
const apiPool = (recording: Recording) =>
  (clusterIn(recording).inputs["agentPoolProfiles"] as Record<string, unknown>[])[0]!;

describe("a cluster at AKS", () => {
  clusterConformance(make, {
    respond,
    call,
    kept: [...foundation, "cluster", "cluster-address"],
  });

  test("nobody gets in but by Microsoft Entra, and from the operator's ranges", async () => {
    expect(clusterIn(standard).inputs).toMatchObject({
      enableRBAC: true,
      disableLocalAccounts: true,
      aadProfile: { managed: true, enableAzureRBAC: true },
      apiServerAccessProfile: { authorizedIPRanges: ["198.18.7.7/32"], disableRunCommand: true },
      oidcIssuerProfile: { enabled: true },
      securityProfile: { workloadIdentity: { enabled: true } },
    });
  });

  test("Cilium enforces NetworkPolicies, and pods have addresses that the network has not", async () => {
    expect(clusterIn(standard).inputs["networkProfile"]).toEqual({
      networkPlugin: "azure",
      networkPluginMode: "overlay",
      networkDataplane: "cilium",
      networkPolicy: "cilium",
      loadBalancerSku: "standard",
      outboundType: "loadBalancer",
      podCidr: "10.244.0.0/16",
      serviceCidr: "10.0.0.0/16",
      dnsServiceIP: "10.0.0.10",
    });
  });

  test("both pools are private, encrypted at their host, and in three zones", async () => {
    for (const pool of [apiPool(standard), browsersIn(standard).inputs])
      expect(pool).toMatchObject({
        osSKU: "AzureLinux",
        enableEncryptionAtHost: true,
        enableNodePublicIP: false,
        availabilityZones: ["1", "2", "3"],
        vnetSubnetID: `${ids.group}/azure-nodes`,
        upgradeSettings: { maxSurge: "1", drainTimeoutInMinutes: 30 },
      });
  });

  test("browsers have nodes of their own, as many as their sessions need", async () => {
    expect(apiPool(standard)).toMatchObject({
      mode: "System",
      vmSize: "small",
      count: 3,
      nodeLabels: { "testfarm/pool": "api" },
    });
    const browsers = browsersIn(standard);
    expect(browsers.inputs).toMatchObject({
      mode: "User",
      vmSize: "large",
      enableAutoScaling: true,
      minCount: 3,
      maxCount: 5,
      nodeLabels: { "testfarm/pool": "browser" },
      nodeTaints: ["testfarm/pool=browser:NoSchedule"],
    });
    expect(browsers.ignoreChanges).toEqual(["count"]);
    expect(standard.outputs["pools"]).toMatchObject({
      browser: {
        nodeSelector: { "testfarm/pool": "browser" },
        tolerations: [{ key: "testfarm/pool", operator: "Equal", value: "browser", effect: "NoSchedule" }],
      },
    });
  });

  test("without a version AKS raises it, with one it only patches", async () => {
    expect(clusterIn(standard).inputs).not.toHaveProperty("kubernetesVersion");
    expect(clusterIn(standard).inputs["autoUpgradeProfile"]).toEqual({
      upgradeChannel: "stable",
      nodeOSUpgradeChannel: "NodeImage",
    });
    const pinned = await start({ version: "1.34" });
    expect(clusterIn(pinned).inputs).toMatchObject({
      kubernetesVersion: "1.34",
      autoUpgradeProfile: { upgradeChannel: "patch" },
    });
    for (const pool of [apiPool(pinned), browsersIn(pinned).inputs])
      expect(pool["orchestratorVersion"]).toBe("1.34");
  });

  test("it upgrades when nobody is at work", async () => {
    const { resources } = standard;
    const windows = resources.filter(({ type }) => type.endsWith(":MaintenanceConfiguration"));
    expect(windows.map(({ inputs }) => [inputs["configName"], inputs["maintenanceWindow"]])).toEqual(
      ["aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"].map((name) => [
        name,
        {
          schedule: { weekly: { dayOfWeek: "Sunday", intervalWeeks: 1 } },
          startTime: "02:00",
          utcOffset: "+00:00",
          durationHours: 4,
        },
      ]),
    );
  });

  test("the control plane's promise is paid for where zones may be lost", async () => {
    expect(clusterIn(standard).inputs["sku"]).toEqual({ name: "Base", tier: "Free" });
    expect(clusterIn(await start({ highAvailability: true })).inputs["sku"]).toEqual({
      name: "Base",
      tier: "Standard",
    });
  });

  test("its identity may use the group's network and addresses, and nothing else", async () => {
    const { inputs } = resourceOf(standard, "azure-native:authorization:RoleAssignment");
    expect(inputs).toEqual({
      principalId: "principal of cluster-identity",
      principalType: "ServicePrincipal",
      roleDefinitionId: `${ids.subscription}/providers/Microsoft.Authorization/roleDefinitions/4d97b98b-1d4f-4787-a291-c67834d212e7`,
      scope: ids.group,
    });
    expect(clusterIn(standard).inputs["identity"]).toEqual({
      type: "UserAssigned",
      userAssignedIdentities: [`${ids.group}/cluster-identity`],
    });
    expect(clusterIn(standard).dependsOn).toContainEqual(expect.stringContaining("RoleAssignment"));
  });

  test("people come to an address that stays", async () => {
    expect(resourceOf(standard, "azure-native:network:PublicIPAddress").inputs).toMatchObject({
      publicIPAllocationMethod: "Static",
      sku: { name: "Standard" },
      zones: ["1", "2", "3"],
    });
    expect(standard.outputs["loadBalancer"]).toEqual({
      annotations: {
        "service.beta.kubernetes.io/azure-load-balancer-resource-group": "testfarm-test",
        "service.beta.kubernetes.io/azure-pip-name": "testfarm-test",
      },
    });
  });

  test("who changed what is kept for 31 days, at a price that has an end", async () => {
    expect(resourceOf(standard, "azure-native:operationalinsights:Workspace").inputs).toMatchObject({
      sku: { name: "PerGB2018" },
      retentionInDays: 31,
      workspaceCapping: { dailyQuotaGb: 1 },
    });
    expect(resourceOf(standard, "azure-native:monitor:DiagnosticSetting").inputs).toEqual({
      name: "audit",
      resourceUri: `${ids.group}/cluster`,
      workspaceId: `${ids.group}/cluster-audit`,
      logAnalyticsDestinationType: "Dedicated",
      logs: [
        { category: "kube-audit-admin", enabled: true },
        { category: "guard", enabled: true },
      ],
    });
  });

  test("kubectl asks Azure for a token, and knows whom it talks to", async () => {
    const { outputs, resources } = standard;
    const config = JSON.parse(outputs["kubeconfig"] as string) as Record<string, never[]>;
    expect(config["clusters"]).toEqual([
      {
        name: "testfarm-test",
        cluster: {
          server: "https://testfarm-test-abc.hcp.spaincentral.azmk8s.io:443",
          "certificate-authority-data": "Q0VSVA==",
        },
      },
    ]);
    expect(config["users"]).toMatchObject([
      { user: { exec: { command: "kubelogin", args: expect.arrayContaining(["azurecli"]) } } },
    ]);
    const provider = resources.find(({ key }) =>
      key.endsWith("Aks::cluster/pulumi:providers:kubernetes::cluster"),
    )!;
    expect(provider.inputs["clusterIdentifier"]).toBe(`${ids.group}/cluster`);
    expect(provider.dependsOn).toContainEqual(expect.stringContaining("AgentPool"));
  });

  test.each([
    [false, "Retain"],
    [true, "Delete"],
  ])("a disk outlives its claim, unless data may go with the stack: %s", async (ephemeral, policy) => {
    const recording = await start({ ephemeral });
    const { inputs } = resourceOf(recording, "kubernetes:storage.k8s.io/v1:StorageClass");
    expect(inputs).toMatchObject({
      metadata: { name: "testfarm" },
      reclaimPolicy: policy,
      volumeBindingMode: "WaitForFirstConsumer",
    });
    expect(recording.outputs["storageClass"]).toBe("testfarm");
  });
});

describe("the network at Azure", () => {
  test("has a subnet for nodes, one for the database alone, and one for private endpoints", async () => {
    const { resources } = standard;
    const subnets = resources.filter(({ type }) => type === "azure-native:network:Subnet");
    expect(
      subnets.map(({ inputs }) => [inputs["subnetName"], inputs["addressPrefix"], inputs["delegations"]]),
    ).toEqual([
      ["nodes", "10.240.0.0/20", undefined],
      [
        "database",
        "10.240.16.0/28",
        [{ name: "postgres", serviceName: "Microsoft.DBforPostgreSQL/flexibleServers" }],
      ],
      ["endpoints", "10.240.16.32/28", undefined],
    ]);
  });

  test("is changed by one subnet at a time", async () => {
    const { resources } = standard;
    const key = (name: string) => resources.find((each) => each.name === name)!.key;
    const after = (name: string) => resources.find((each) => each.name === name)!.dependsOn;
    expect(after("azure-database")).toContain(key("azure-nodes"));
    expect(after("azure-endpoints")).toContain(key("azure-database"));
  });
});
