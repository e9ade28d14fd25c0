/**
 * What a set of NetworkPolicies lets through, by the rules of the API
 * (https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/): a pod that a policy of a direction
 * selects is closed in that direction but for what one of them names, and a connection has to be open at both ends. Replies belong
 * to their connection. Whether an `ipBlock` holds for pods too is left to network plugins there: here it does, which is the
 * case in which more is open.
 */
import { BlockList, isIPv6 } from "node:net";

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Port {
  readonly port?: number | string;
  readonly endPort?: number;
  readonly protocol?: string;
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly Port[];
}

export interface NetworkPolicy {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

type Labels = Readonly<Record<string, string>>;

/** One end of a connection: a pod, or a machine that is none. */
export interface End {
  readonly address: string;
  readonly pod?: {
    readonly namespace: string;
    readonly labels: Labels;
    /** Numbers of its ports that have a name. */
    readonly ports?: Readonly<Record<string, number>>;
  };
}

export interface Connection {
  readonly from: End;
  readonly to: End;
  readonly port: number;
  /** Default: TCP. */
  readonly protocol?: "TCP" | "UDP";
}

/** @param namespaceLabels of each namespace; its name is a label of its own anyway. */
export function evaluator(
  policies: readonly NetworkPolicy[],
  namespaceLabels: Readonly<Record<string, Labels>> = {},
): (connection: Connection) => boolean {
  const labelsOfNamespace = (name: string): Labels => ({
    ...namespaceLabels[name],
    "kubernetes.io/metadata.name": name,
  });

  const isPeer = (peer: Peer, policyNamespace: string, { address, pod }: End): boolean => {
    if (peer.ipBlock) {
      const { cidr, except = [] } = peer.ipBlock;
      return contains(cidr, address) && !except.some((each) => contains(each, address));
    }
    if (!pod) return false;
    const isThere = peer.namespaceSelector
      ? selects(peer.namespaceSelector, labelsOfNamespace(pod.namespace))
      : pod.namespace === policyNamespace;
    return isThere && selects(peer.podSelector ?? {}, pod.labels);
  };

  const isOpen = (
    direction: "Ingress" | "Egress",
    { from, to, port, protocol = "TCP" }: Connection,
  ): boolean => {
    const [self, other] = direction === "Ingress" ? [to, from] : [from, to];
    const { pod } = self;
    if (!pod) return true;
    const own = policies.filter(
      ({ metadata, spec }) =>
        (metadata.namespace ?? "default") === pod.namespace &&
        selects(spec.podSelector, pod.labels) &&
        typesOf(spec).includes(direction),
    );
    if (own.length === 0) return true;
    return own.some(({ metadata, spec }) =>
      (direction === "Ingress" ? (spec.ingress ?? []) : (spec.egress ?? [])).some((rule) => {
        const peers = (direction === "Ingress" ? rule.from : rule.to) ?? [];
        const ports = rule.ports ?? [];
        return (
          (peers.length === 0 ||
            peers.some((peer) => isPeer(peer, metadata.namespace ?? "default", other))) &&
          (ports.length === 0 || ports.some((each) => isPort(each, to, port, protocol)))
        );
      }),
    );
  };

  return (connection) => isOpen("Egress", connection) && isOpen("Ingress", connection);
}

/** Without them a policy is of ingress, and of egress where it has rules for it. */
const typesOf = ({ policyTypes, egress }: NetworkPolicy["spec"]): readonly string[] =>
  policyTypes ?? (egress && egress.length > 0 ? ["Ingress", "Egress"] : ["Ingress"]);

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
        default:
          throw new Error(`${operator} is no operator of a label selector`);
      }
    })
  );
}

/** The port is the target's in both directions, and a name is one of the target pod's. */
function isPort({ port, endPort, protocol = "TCP" }: Port, to: End, number: number, used: string): boolean {
  if (protocol !== used) return false;
  if (port === undefined) return true;
  if (typeof port === "string") return to.pod?.ports?.[port] === number;
  return endPort === undefined ? number === port : number >= port && number <= endPort;
}

function contains(cidr: string, address: string): boolean {
  const [network = "", prefix = ""] = cidr.split("/");
  const family = isIPv6(network) ? "ipv6" : "ipv4";
  if ((family === "ipv6") !== isIPv6(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family);
  return list.check(address, family);
}
