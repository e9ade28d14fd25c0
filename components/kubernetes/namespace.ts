import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../infra/contracts/kubernetes.ts";

/**
 * Where the application stands, and nothing else. Its pods are of the level `restricted`, browsers too: they make their
 * sandbox with a seccomp profile, not with a privilege.
 */
export class ApplicationNamespace extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;

  constructor(
    name: string,
    { cluster }: { readonly cluster: Cluster },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("testfarm:kubernetes:Namespace", name, {}, options);
    const made = new kubernetes.core.v1.Namespace(
      name,
      {
        metadata: {
          name: "testfarm",
          labels: {
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
          },
        },
      },
      { parent: this, provider: cluster.provider },
    );
    this.name = made.metadata.name;
    this.registerOutputs();
  }
}
