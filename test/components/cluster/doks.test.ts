import { beforeAll, describe, expect, test } from "vitest";
import { DoksCluster } from "../../../components/cluster/doks.ts";
import type { ClusterArgs } from "../../../infra/contracts/kubernetes.ts";
import { canariesInClear, recordProgram, resourceOf, type Recording } from "../../../infra/testing/index.ts";
import { clusterArgs, clusterConformance } from "../kubernetes-place.ts";

const make = async (args: ClusterArgs) => new DoksCluster("cluster", { ...args, region: "fra1" });

const respond = ({ type, name }: { type: string; name: string }) => ({
  id: `${name}-id`,
  state: type.endsWith(":KubernetesCluster")
    ? {
        endpoint: "https://cluster-id.k8s.ondigitalocean.com",
        ipv4Address: "203.0.113.20",
        kubeConfigs: [{ clusterCaCertificate: "Q0VSVA==", token: "canary-token", rawConfig: "canary-token" }],
      }
    : {},
});
const call = ({ inputs }: { inputs: Record<string, unknown> }) => ({
  latestVersion: `${inputs["versionPrefix"] ?? "1.36."}2-do.0`,
});

const start = (change: Partial<ClusterArgs> = {}): Promise<Recording> =>
  recordProgram(
    async () => {
      const { kubeconfig, ownRanges, loadBalancer, storageClass, pools } = await make(clusterArgs(change));
      return { kubeconfig, ownRanges, loadBalancer, storageClass, pools };
    },
    { preview: false, respond, call },
  );

/** As it is without any change. */
let standard: Recording;
beforeAll(async () => {
  standard = await start();
});

const clusterIn = (recording: Recording) =>
  resourceOf(recording, "digitalocean:index/kubernetesCluster:KubernetesCluster");

describe("a cluster at DigitalOcean", () => {
  clusterConformance(make, { respond, call, kept: ["cluster", "cluster-network"] });

  test("has exactly these inputs", async () => {
    expect(clusterIn(standard).inputs).toEqual({
      name: "testfarm-test",
      region: "fra1",
      version: "1.36.2-do.0",
      vpcUuid: "cluster-network-id",
      ha: false,
      autoUpgrade: true,
      surgeUpgrade: true,
      maintenancePolicy: { day: "sunday", startTime: "02:00" },
      controlPlaneFirewall: { enabled: true, allowedAddresses: ["198.18.7.7/32"] },
      registryIntegration: false,
      nodePool: { name: "api", size: "small", nodeCount: 3, labels: { "testfarm/pool": "api" } },
    });
  });

  test("browsers have nodes of their own, as many as their sessions need", async () => {
    expect(resourceOf(standard, "digitalocean:index/kubernetesNodePool:KubernetesNodePool").inputs).toEqual({
      clusterId: "cluster-id",
      name: "browser",
      size: "large",
      autoScale: true,
      minNodes: 3,
      maxNodes: 5,
      labels: { "testfarm/pool": "browser" },
      taints: [{ key: "testfarm/pool", value: "browser", effect: "NoSchedule" }],
    });
    expect(standard.outputs["pools"]).toMatchObject({
      api: { nodeSelector: { "testfarm/pool": "api" }, tolerations: [] },
      browser: {
        nodeSelector: { "testfarm/pool": "browser" },
        tolerations: [{ key: "testfarm/pool", operator: "Equal", value: "browser", effect: "NoSchedule" }],
      },
    });
  });

  test("the version is the newest patch of what was asked for, and its own where nothing was", async () => {
    const pinned = clusterIn(await start({ version: "1.34" }));
    expect(pinned.inputs["version"]).toBe("1.34.2-do.0");
    expect(pinned.ignoreChanges).toEqual(["nodePool.size"]);
    // A newer one on another day is no reason to upgrade.
    expect(clusterIn(standard).ignoreChanges).toContain("version");
  });

  test("another machine for a pool does not replace the cluster", async () => {
    expect(clusterIn(standard).ignoreChanges).toContain("nodePool.size");
  });

  test("the control plane is there more than once where it may lose one", async () => {
    expect(clusterIn(await start({ highAvailability: true })).inputs["ha"]).toBe(true);
  });

  test("kubectl asks doctl for a token; that of the state goes nowhere", async () => {
    const config = JSON.parse(standard.outputs["kubeconfig"] as string) as Record<string, unknown>;
    expect(config["clusters"]).toEqual([
      {
        name: "testfarm-test",
        cluster: {
          server: "https://cluster-id.k8s.ondigitalocean.com",
          "certificate-authority-data": "Q0VSVA==",
        },
      },
    ]);
    expect(config["users"]).toMatchObject([
      {
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "doctl",
            args: [
              "kubernetes",
              "cluster",
              "kubeconfig",
              "exec-credential",
              "--version=v1beta1",
              "cluster-id",
            ],
          },
        },
      },
    ]);
    expect(canariesInClear(standard, ["canary-token"])).toEqual([]);
  });

  test("no browser reaches its control plane", async () => {
    expect(standard.outputs["ownRanges"]).toEqual(["203.0.113.20/32"]);
  });

  test.each([
    [false, "do-block-storage-retain"],
    [true, "do-block-storage"],
  ])("a disk outlives its claim, unless data may go with the stack: %s", async (ephemeral, storageClass) => {
    expect((await start({ ephemeral })).outputs["storageClass"]).toBe(storageClass);
  });
});
