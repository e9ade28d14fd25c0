import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster, ClusterArgs } from "../../infra/contracts/kubernetes.ts";

const anywhere = { nodeSelector: {}, tolerations: [] };

/**
 * A cluster that is there already, as the operator's own kubeconfig reaches it by a context; the stack makes and changes
 * nothing of it but what stands in its namespaces. It must have:
 *
 * - Kubernetes 1.30 or newer, of which the operator is an administrator;
 * - a network plugin that enforces NetworkPolicies in both directions (Calico, Cilium, kube-router): without one any page
 *   that a browser opens reaches the database's port;
 * - a default StorageClass, where database, Redis or pictures are in the cluster;
 * - something that gives Services of type LoadBalancer an address (a cloud's controller, MetalLB);
 * - nodes that let an unprivileged process make user namespaces, for Chromium's sandbox: `sysctl
 *   user.max_user_namespaces` above 0 and, on Ubuntu 24.04 and newer, `kernel.apparmor_restrict_unprivileged_userns=0`.
 *
 * Pods run on any of its nodes. Its public addresses are not known: those that no browser may reach belong behind its
 * firewall.
 *
 * @throws {pulumi.RunError} without a context: the one that kubectl points at can be another one by the next `up`.
 */
export class ExistingCluster extends pulumi.ComponentResource implements Cluster {
  readonly provider: kubernetes.Provider;
  readonly name: pulumi.Output<string>;
  readonly pools: Cluster["pools"] = { api: anywhere, browser: anywhere };
  readonly ownRanges = pulumi.output<readonly string[]>([]);
  readonly loadBalancer: Cluster["loadBalancer"] = { annotations: {} };
  /** The operator's own. */
  readonly kubeconfig = pulumi.output("");
  readonly logs = pulumi.output("");

  constructor(name: string, args: ClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:cluster:Existing", name, {}, options);
    const { context } = args;
    if (context === undefined)
      throw new pulumi.RunError(
        "testfarm:context: missing; it says which cluster testfarm:cluster: existing is",
      );
    this.name = pulumi.output(context);
    this.provider = new kubernetes.Provider(name, { context }, { parent: this });
    this.registerOutputs();
  }
}
