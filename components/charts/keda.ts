import type { Resource } from "@pulumi/pulumi";
import type { KubernetesPlace } from "../../infra/contracts/kubernetes.ts";
import { installed } from "./installation.ts";
import { operator } from "./resources.ts";

/** Labels of the pods that ask a queue how long it is, in whatever namespace they are. */
export const kedaPods = { app: "keda-operator" } as const;

/**
 * KEDA, which scales workers and browsers by the queue. While it is away nothing is scaled, and nothing else happens:
 * one of each of its parts is enough.
 */
export const keda = (place: Pick<KubernetesPlace, "cluster" | "has" | "once">): readonly Resource[] =>
  installed(place, "keda", () => ({
    namespace: "keda",
    values: {
      keda: {
        // The one port of a pod that a private cluster's control plane reaches by itself
        // (https://cloud.google.com/kubernetes-engine/docs/how-to/private-clusters#add_firewall_rules).
        webhooks: { port: 10_250 },
        service: { portHttpsTarget: 10_250 },
        resources: { operator: operator(256), metricServer: operator(128), webhooks: operator(64) },
      },
    },
  }));
