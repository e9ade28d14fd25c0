import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { kedaPods } from "./keda.ts";

type Peer = kubernetes.types.input.networking.v1.NetworkPolicyPeer;
type Rule = kubernetes.types.input.networking.v1.NetworkPolicyIngressRule;

/** Whoever is in a namespace. Which of its pods go there is said where they are. */
export const podsIn = (namespace: pulumi.Input<string>): Peer => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
});

/** Pods by their labels, in whatever namespace. */
export const whoeverIs = (labels: Readonly<Record<string, string>>): Peer => ({
  namespaceSelector: {},
  podSelector: { matchLabels: labels },
});

/** KEDA, which asks a queue how long it is. */
export const scaler = whoeverIs(kedaPods);

const prometheus = whoeverIs({ "app.kubernetes.io/name": "prometheus" });

/** Some who may come in, on some ports. */
export const rule = (from: readonly Peer[], ...ports: readonly number[]): Rule => ({
  from: [...from],
  ports: ports.map((port) => ({ protocol: "TCP", port })),
});

/**
 * Lets into a namespace with data only whom it is for, and whoever gathers figures; its pods talk to each other as they
 * like. Where they go is open: a backup goes to a bucket, and an operator's sidecar to the control plane, whose
 * addresses differ with each cloud.
 */
export function ingressPolicy(
  name: string,
  settings: {
    readonly namespace: pulumi.Input<string>;
    readonly figures: readonly number[];
    /** Those who use it, and the pods that they reach. Default: all of them. */
    readonly rules: readonly Rule[];
    readonly pods?: Readonly<Record<string, string>>;
  },
  child: pulumi.CustomResourceOptions,
): void {
  const { namespace, figures, rules, pods } = settings;
  const policy = (suffix: string, podSelector: object, ingress: Rule[]) =>
    new kubernetes.networking.v1.NetworkPolicy(
      `${name}-${suffix}`,
      { metadata: { name: suffix, namespace }, spec: { podSelector, policyTypes: ["Ingress"], ingress } },
      child,
    );
  policy("inside", {}, [
    { from: [{ podSelector: {} }] },
    ...(figures.length > 0 ? [rule([prometheus], ...figures)] : []),
  ]);
  policy("clients", pods ? { matchLabels: pods } : {}, [...rules]);
}
