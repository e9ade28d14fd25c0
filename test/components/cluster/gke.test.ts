import { beforeAll, describe, expect, test } from "vitest";
import { GkeCluster } from "../../../components/cluster/gke.ts";
import type { ClusterArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, resourceOf, type Recording, type Value } from "../../../infra/testing/index.ts";
import { respond } from "../gcp/answers.ts";
import { clusterArgs, clusterConformance } from "../kubernetes-place.ts";

const make = async (args: ClusterArgs) => new GkeCluster("cluster", args);

const start = (change: Partial<ClusterArgs> = {}): Promise<Recording> =>
  recordProgram(
    async () => {
      const { kubeconfig, loadBalancer, logs, ownRanges, pools } = await make(clusterArgs(change));
      return { kubeconfig, loadBalancer, logs, ownRanges, pools };
    },
    { respond },
  );

/** As it is without any change. */
let standard: Recording;
beforeAll(async () => {
  standard = await start();
});

const clusterIn = (recording: Recording) => resourceOf(recording, "gcp:container/cluster:Cluster", "cluster");
const poolIn = (recording: Recording, name: string) =>
  resourceOf(recording, "gcp:container/nodePool:NodePool", name);

clusterConformance(make, { respond, kept: ["network", "network-nodes", "cluster", "cluster-address"] });

describe("a cluster at GKE", () => {
  test("is in three zones, in the stack's network, with private nodes behind a control plane for the operators", () => {
    expect(clusterIn(standard).inputs).toMatchObject({
      name: "testfarm-test",
      location: "europe-southwest1",
      network: "network-id",
      subnetwork: "network-nodes-id",
      networkingMode: "VPC_NATIVE",
      ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" },
      privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: false },
      masterAuthorizedNetworksConfig: {
        cidrBlocks: [{ cidrBlock: "198.18.7.7/32" }],
        gcpPublicCidrsAccessEnabled: false,
      },
    });
  });

  test("enforces NetworkPolicies, knows pods by who they are, and follows a release channel", () => {
    expect(clusterIn(standard).inputs).toMatchObject({
      datapathProvider: "ADVANCED_DATAPATH",
      enableShieldedNodes: true,
      workloadIdentityConfig: { workloadPool: "farm-project.svc.id.goog" },
      releaseChannel: { channel: "REGULAR" },
      gatewayApiConfig: { channel: "CHANNEL_STANDARD" },
    });
    expect(clusterIn(standard).inputs).not.toHaveProperty("networkPolicy");
    expect(clusterIn(standard).inputs).not.toHaveProperty("minMasterVersion");
  });

  test("is protected from deletion at Google too, and kept, unless it may go with the stack", async () => {
    expect(clusterIn(standard)).toMatchObject({ retainOnDelete: true, inputs: { deletionProtection: true } });
    expect(clusterIn(await start({ ephemeral: true }))).toMatchObject({
      retainOnDelete: false,
      inputs: { deletionProtection: false },
    });
  });

  test("is made when its nodes reach what is outside", () => {
    const nat = resourceOf(standard, "gcp:compute/routerNat:RouterNat");
    expect(clusterIn(standard).dependsOn).toContain(nat.key);
  });

  test.each([
    ["api", 3, 3, 1],
    ["browser", 3, 5, 1],
  ] as const)(
    "the pool %s has as many nodes in all zones together as it is to have",
    (pool, min, max, each) => {
      expect(poolIn(standard, `cluster-${pool}`).inputs).toMatchObject({
        name: pool,
        cluster: "cluster-id",
        initialNodeCount: each,
        autoscaling: { totalMinNodeCount: min, totalMaxNodeCount: max, locationPolicy: "BALANCED" },
      });
      expect(poolIn(standard, `cluster-${pool}`).inputs).not.toHaveProperty("nodeCount");
    },
  );

  test.each([
    [0, 0],
    [1, 1],
    [4, 2],
    [6, 2],
  ])("of %i nodes at least, %i begin in each of three zones", async (min, each) => {
    const recording = await start({
      pools: { api: { machine: "small", count: 3 }, browser: { machine: "large", min, max: 9 } },
    });
    expect(poolIn(recording, "cluster-browser").inputs["initialNodeCount"]).toBe(each);
  });

  test.each([
    [4, { min: 1, max: 2 }, { api: [2, 4, 6], browser: [1, 1, 3] }],
    [3, { min: 4, max: 9 }, { api: [1, 3, 3], browser: [2, 4, 9] }],
    [1, { min: 0, max: 1 }, { api: [1, 1, 3], browser: [0, 0, 1] }],
  ] as const)(
    "%i nodes and browsers' %j: each pool may have as many as it begins with, and be fewer",
    async (count, browser, pools) => {
      const recording = await start({
        pools: { api: { machine: "small", count }, browser: { machine: "large", ...browser } },
      });
      for (const [pool, [each, least, most]] of Object.entries(pools))
        expect(poolIn(recording, `cluster-${pool}`).inputs, pool).toMatchObject({
          initialNodeCount: each,
          autoscaling: { totalMinNodeCount: least, totalMaxNodeCount: most },
        });
    },
  );

  test("nodes are replaced one by one, of an account that may log and pull, and are what GKE has hardened", () => {
    for (const pool of ["cluster-api", "cluster-browser"]) {
      expect(poolIn(standard, pool).ignoreChanges).toEqual(["initialNodeCount"]);
      expect(poolIn(standard, pool).inputs).toMatchObject({
        management: { autoRepair: true, autoUpgrade: true },
        upgradeSettings: { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
        nodeConfig: {
          machineType: pool === "cluster-api" ? "small" : "large",
          imageType: "COS_CONTAINERD",
          diskType: "pd-balanced",
          diskSizeGb: 30,
          serviceAccount: "account@farm-project.iam.gserviceaccount.com",
          metadata: { "disable-legacy-endpoints": "true" },
          shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
          workloadMetadataConfig: { mode: "GKE_METADATA" },
        },
      });
    }
  });

  test("only browsers run on their nodes, and what names a pool finds it", () => {
    const nodeOf = (pool: string) => poolIn(standard, pool).inputs["nodeConfig"] as Record<string, Value>;
    expect(nodeOf("cluster-api")).toMatchObject({ labels: { "testfarm/pool": "api" }, taints: [] });
    expect(nodeOf("cluster-browser")).toMatchObject({
      labels: { "testfarm/pool": "browser" },
      taints: [{ key: "testfarm/pool", value: "browser", effect: "NO_SCHEDULE" }],
    });
    expect(standard.outputs["pools"]).toEqual({
      api: { nodeSelector: { "testfarm/pool": "api" }, tolerations: [] },
      browser: {
        nodeSelector: { "testfarm/pool": "browser" },
        tolerations: [{ key: "testfarm/pool", operator: "Equal", value: "browser", effect: "NoSchedule" }],
      },
    });
  });

  test("a version is the control plane's least, and that of the nodes at once", async () => {
    const recording = await start({ version: "1.34" });
    expect(clusterIn(recording).inputs["minMasterVersion"]).toBe("1.34");
    for (const pool of ["cluster-api", "cluster-browser"]) {
      expect(poolIn(recording, pool).inputs["version"]).toBe("1.34.1-gke.100");
      expect(poolIn(standard, pool).inputs).not.toHaveProperty("version");
    }
  });

  test("kubectl asks gcloud for a token, of the control plane whose certificate it knows", () => {
    expect(JSON.parse(standard.outputs["kubeconfig"] as string)).toMatchObject({
      clusters: [{ cluster: { server: "https://203.0.113.9", "certificate-authority-data": "Y2E=" } }],
      users: [{ user: { exec: { command: "gke-gcloud-auth-plugin" } } }],
    });
    expect(standard.outputs["ownRanges"]).toEqual(["203.0.113.9/32"]);
    expect(standard.outputs["logs"]).toContain("project=farm-project");
  });

  test("what is made in it waits for its nodes", () => {
    const provider = resourceOf(standard, "pulumi:providers:kubernetes", "cluster-kubernetes");
    const pools = ["cluster-api", "cluster-browser"].map((name) => poolIn(standard, name).key);
    expect(provider.dependsOn).toEqual(expect.arrayContaining(pools));
    expect(provider.inputs["kubeconfig"]).toEqual(standard.outputs["kubeconfig"]);
  });

  test("people come in by an address that stays", () => {
    const address = resourceOf(standard, "gcp:compute/address:Address");
    expect(address.inputs).toEqual({ name: "testfarm-test", region: "europe-southwest1" });
    expect(address).toMatchObject({ protect: true, retainOnDelete: true });
    expect(standard.outputs["loadBalancer"]).toEqual({ annotations: {}, ip: "198.51.100.7" });
  });

  test("on Autopilot it has no pools, and pods run anywhere", async () => {
    const recording = await start({ autopilot: true });
    expect(recording.resources.filter(({ type }) => type === "gcp:container/nodePool:NodePool")).toEqual([]);
    expect(recording.outputs["pools"]).toEqual({
      api: { nodeSelector: {}, tolerations: [] },
      browser: { nodeSelector: {}, tolerations: [] },
    });
    const { inputs } = clusterIn(recording);
    expect(inputs).toMatchObject({
      enableAutopilot: true,
      clusterAutoscaling: {
        autoProvisioningDefaults: { serviceAccount: "account@farm-project.iam.gserviceaccount.com" },
      },
    });
    // The provider takes none of these together with `enableAutopilot` (`ConflictsWith`).
    for (const other of ["removeDefaultNodePool", "enableShieldedNodes", "networkPolicy", "nodePools"])
      expect(inputs).not.toHaveProperty(other);
  });
});
