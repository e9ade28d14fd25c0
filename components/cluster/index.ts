import type { Cluster, ClusterArgs } from "../../infra/contracts/kubernetes.ts";

/** Whose cluster it is. A cloud's code is loaded when it is chosen. */
export const cluster: {
  readonly [Name in "gke" | "eks" | "aks" | "doks" | "existing"]: (
    name: string,
    args: ClusterArgs,
  ) => Promise<Cluster>;
} = {
  async gke(name, args) {
    const { GkeCluster } = await import("./gke.ts");
    return new GkeCluster(name, args);
  },
  async eks(name, args) {
    const { EksCluster } = await import("./eks.ts");
    return new EksCluster(name, args);
  },
  async aks(name, args) {
    const { AksCluster } = await import("./aks.ts");
    return new AksCluster(name, args);
  },
  async doks(name, args) {
    const { DoksCluster } = await import("./doks.ts");
    return new DoksCluster(name, args);
  },
  async existing(name, args) {
    const { ExistingCluster } = await import("./existing.ts");
    return new ExistingCluster(name, args);
  },
};
