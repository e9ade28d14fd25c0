/** What NetworkPolicies are made of: who is at the other end, and on which port. */
import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../infra/contracts/docker-host.ts";
import type { Cluster, Destination, Edge } from "../../infra/contracts/kubernetes.ts";
import { selectorOf, type Component } from "./labels.ts";
import { anywhere, notPublic, ofClouds } from "./public-addresses.ts";

type Peer = kubernetes.types.input.networking.v1.NetworkPolicyPeer;
export type Egress = kubernetes.types.input.networking.v1.NetworkPolicyEgressRule;
export type Ingress = kubernetes.types.input.networking.v1.NetworkPolicyIngressRule;

const tcp = (...numbers: readonly pulumi.Input<number>[]) =>
  numbers.map((port) => ({ protocol: "TCP", port }));

/** Pods of the same namespace. */
const podsOf = (component: Component): Peer => ({ podSelector: { matchLabels: selectorOf(component) } });

/** Pods of another namespace. Both in one peer: each by itself would be all pods of there, or such pods of here. */
const podsIn = (
  namespace: pulumi.Input<string>,
  labels: Readonly<Record<string, pulumi.Input<string>>>,
): Peer => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
  podSelector: { matchLabels: { ...labels } },
});

export const toRole = (component: Component): Egress => ({ to: [podsOf(component)], ports: tcp(ports.role) });
export const fromRole = (component: Component): Ingress => ({
  from: [podsOf(component)],
  ports: tcp(ports.role),
});

/** Requests from people. Where the edge has no pods they come from outside, by addresses that nobody knows before. */
export const fromEdge = (edge: Edge["from"], port: number): Ingress => ({
  ...(edge && { from: [podsIn(edge.namespace, edge.pods)] }),
  ports: tcp(port),
});

/** Whoever gathers figures, in whatever namespace it is. */
export const fromPrometheus: Ingress = {
  from: [{ namespaceSelector: {}, podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } } }],
  ports: tcp(ports.role),
};

/**
 * The cluster's own name server, and its cache on each node: pods at some clouds, elsewhere the node at an address of its own
 * (https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/).
 */
export const toNames: Egress = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: {
        matchExpressions: [{ key: "k8s-app", operator: "In", values: ["kube-dns", "node-local-dns"] }],
      },
    },
    { ipBlock: { cidr: "169.254.20.10/32" } },
  ],
  ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })),
};

/** Every public address but the cluster's own. Of IPv4: nothing opens IPv6. */
export const toInternet = ({ ownRanges }: Cluster, ...numbers: readonly number[]): Egress => ({
  to: [
    {
      ipBlock: {
        cidr: anywhere,
        except: ownRanges.apply((own) => [...notPublic, ...own.filter((range) => !range.includes(":"))]),
      },
    },
  ],
  ports: tcp(...numbers),
});

/** Database, Redis and bucket. One that may be anywhere is not where clouds tell a machine's own keys. */
export const toDestination = ({ to, port }: Destination): Egress => ({
  to:
    "ranges" in to
      ? pulumi.output(to.ranges).apply((ranges) =>
          ranges.map((cidr) => ({
            ipBlock: { cidr, ...(cidr === anywhere && { except: [...ofClouds] }) },
          })),
        )
      : [podsIn(to.namespace, to.pods)],
  ports: tcp(port),
});
