/** Kubernetes at DigitalOcean, whose cluster has its servers and its load balancer from there. */
import type { Value } from "../plan/record.ts";
import { digitalocean, doks } from "../prices/digitalocean.ts";
import { type Charge, free, type Rule, type Rules } from "./rule.ts";

type Fields = Readonly<Record<string, Value>>;

/** Of a pool: as many as there are at least. */
function nodes({ size, nodeCount, minNodes, maxNodes }: Fields): Charge {
  const quantity = minNodes ?? nodeCount;
  const price = Object.hasOwn(digitalocean.servers, String(size))
    ? digitalocean.servers[String(size)]
    : undefined;
  const item = `${String(quantity)} nodes ${String(size)}`;
  if (!price || typeof quantity !== "number") return { item, unknown: true };
  const assuming =
    maxNodes === undefined ? {} : { assuming: `${quantity} of ${quantity} to ${String(maxNodes)} of them` };
  return { item, price, quantity, ...assuming };
}

const cluster: Rule = ({ inputs: { ha, nodePool } }) => [
  ha === true
    ? { item: "control plane, more than once", price: doks.highAvailability, quantity: 1 }
    : { item: "control plane", free: true },
  nodes(nodePool as Fields),
  { item: "load balancer", price: doks.loadBalancer, quantity: 1 },
];

export const doksRules: Rules = {
  "digitalocean:index/kubernetesCluster:KubernetesCluster": cluster,
  "digitalocean:index/kubernetesNodePool:KubernetesNodePool": ({ inputs }) => nodes(inputs),
  "digitalocean:index/vpc:Vpc": free("network"),
};
