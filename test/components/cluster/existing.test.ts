import { describe, expect, test } from "vitest";
import { ExistingCluster } from "../../../components/cluster/existing.ts";
import type { ClusterArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, type Recording } from "../../../infra/testing/index.ts";
import { clusterArgs, clusterConformance } from "../kubernetes-place.ts";

const make = async (args: ClusterArgs) => new ExistingCluster("cluster", { context: "lab", ...args });

/** Of what the component has made: the arguments bring a cluster of their own along. */
const ownIn = ({ resources }: Recording) =>
  resources.filter(({ custom, key }) => custom && key.startsWith("testfarm:cluster:Existing::cluster/"));

const start = (change: Partial<ClusterArgs> = {}) =>
  recordProgram(
    async () => {
      const { name, kubeconfig, pools, loadBalancer } = await make(clusterArgs(change));
      return { name, kubeconfig, pools, loadBalancer };
    },
    { preview: false },
  );

describe("a cluster that is there", () => {
  clusterConformance(make, { kept: [] });

  test("is reached as the operator's kubectl reaches it, by the context of their choice", async () => {
    const [provider] = ownIn(await start({ context: "lab" }));
    expect(provider?.inputs["context"]).toBe("lab");
    expect(provider?.inputs).not.toHaveProperty("kubeconfig");
  });

  test("is not the one that kubectl happens to point at", async () => {
    await expect(start({ context: undefined })).rejects.toThrow("testfarm:context: missing");
  });

  test("nothing in it is made or changed, and pods run on any node", async () => {
    const recording = await start({ context: "lab" });
    expect(ownIn(recording).map(({ type }) => type)).toEqual(["pulumi:providers:kubernetes"]);
    const anywhere = { nodeSelector: {}, tolerations: [] };
    expect(recording.outputs).toEqual({
      name: "lab",
      kubeconfig: "",
      pools: { api: anywhere, browser: anywhere },
      loadBalancer: { annotations: {} },
    });
  });
});
