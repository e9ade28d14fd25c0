import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../infra/contracts/kubernetes.ts";

export interface NamespaceSettings {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** Whether what is in it has to outlive the stack: it would all go with the namespace. Default: it need not. */
  readonly keep?: boolean;
}

/** For one piece of software and nothing else. Its pods are of the level `restricted`. */
export const namespaceFor = (
  name: string,
  { cluster, namespace, keep = false }: NamespaceSettings,
  parent: pulumi.Resource,
) =>
  new kubernetes.core.v1.Namespace(
    name,
    {
      metadata: {
        name: namespace,
        labels: {
          "app.kubernetes.io/managed-by": "pulumi",
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
      },
    },
    { parent, provider: cluster.provider, protect: keep, retainOnDelete: keep },
  );
