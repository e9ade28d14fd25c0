import type { Resource } from "@pulumi/pulumi";
import type { KubernetesPlace } from "../../infra/contracts/kubernetes.ts";
import { certManager } from "./cert-manager.ts";
import { installed } from "./installation.ts";
import { operator } from "./resources.ts";

/**
 * CloudNativePG, the operator of PostgreSQL in the cluster, with its plugin for backups to a bucket, which has to be in
 * the same namespace and which the operator knows by a certificate of cert-manager's
 * (https://cloudnative-pg.io/plugin-barman-cloud/docs/installation/). While they are away databases run on, but no
 * instance takes over from another and no backup is made. Their definitions stay when they go: with these would go
 * every database.
 */
export const cloudNativePg = (
  place: Pick<KubernetesPlace, "cluster" | "has" | "once">,
): readonly Resource[] =>
  installed(place, "cloudnative-pg", () => ({
    namespace: "cnpg-system",
    after: certManager(place),
    values: {
      // The one port of a pod that a private cluster's control plane reaches by itself
      // (https://cloud.google.com/kubernetes-engine/docs/how-to/private-clusters#add_firewall_rules).
      "cloudnative-pg": { webhook: { port: 10_250 }, resources: operator(256) },
      "plugin-barman-cloud": { resources: operator(128) },
    },
  }));
