import type { Resource } from "@pulumi/pulumi";
import type { KubernetesPlace } from "../../infra/contracts/kubernetes.ts";
import { installed } from "./installation.ts";
import { operator } from "./resources.ts";

/**
 * cert-manager, which gets certificates and renews them. Its definitions stay when it goes: with these would go every
 * certificate. Its lease is not in `kube-system`, which GKE Autopilot closes
 * (https://cert-manager.io/docs/installation/compatibility/).
 */
export const certManager = (place: Pick<KubernetesPlace, "cluster" | "has" | "once">): readonly Resource[] =>
  installed(place, "cert-manager", () => ({
    namespace: "cert-manager",
    values: {
      "cert-manager": {
        crds: { enabled: true, keep: true },
        global: { leaderElection: { namespace: "cert-manager" } },
        resources: operator(128),
        webhook: { resources: operator(64) },
        cainjector: { resources: operator(192) },
        startupapicheck: { resources: operator(64) },
      },
    },
  }));
