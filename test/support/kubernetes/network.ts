import { asRoot } from "../docker/engine.ts";
import { tryAsRoot } from "../root.ts";
import type { Machine } from "./machine.ts";

/** Addresses of one cluster, in a network of its own: `10.200.0.0/16`, or the next that no other cluster has. */
export interface ClusterNetwork {
  /** Of the interface by which this machine is in it, of the rules for it, and of the control groups of its pods. */
  readonly name: string;
  readonly host: string;
  readonly controlPlane: string;
  readonly services: string;
  readonly dns: string;
  readonly pods: string;
  readonly node: (index: number) => { readonly address: string; readonly pods: string };
}

const addressing = (index: number): ClusterNetwork => {
  const network = `10.${200 + index}`;
  return {
    name: `testfarm-k${index}`,
    host: `${network}.0.1`,
    controlPlane: `${network}.0.2`,
    services: `${network}.128.0/20`,
    dns: `${network}.128.10`,
    pods: `${network}.64.0/18`,
    node: (node) => ({ address: `${network}.0.${11 + node}`, pods: `${network}.${65 + node}.0/24` }),
  };
};

/** Takes a network that nobody has: of two who make a table of one name, the kernel refuses the second. */
export async function claimNetwork(index = 0): Promise<ClusterNetwork> {
  const network = addressing(index);
  const { code, said } = await tryAsRoot("nft", "create", "table", "ip", network.name);
  if (code === 0) return network;
  if (index < 20 && said.includes("File exists")) return claimNetwork(index + 1);
  throw new Error(`there is no network for a cluster: ${said}`);
}

/** A script that gives it back. What else is named after it must be gone by then. */
export const releaseNetwork = ({ name }: ClusterNetwork): string => `
ip link delete ${name} 2>/dev/null
nft delete table ip ${name}`;

/** A script for the machine of the control plane, on which the switch is. */
export const switchUp = ({ controlPlane }: ClusterNetwork): string => `
ip link set lo up
ip link add switch type bridge
ip address add ${controlPlane}/24 dev switch
ip link set switch up`;

/** @param except the node whose pods need no route. */
const routes = (network: ClusterNetwork, count: number, except?: number): string =>
  Array.from({ length: count }, (_, index) => network.node(index))
    .filter((_, index) => index !== except)
    .map(({ address, pods }) => `ip route add ${pods} via ${address}`)
    .join("\n");

/**
 * Plugs this machine in. At `network.host` the cluster finds every server that listens on 127.0.0.1 here, and such a
 * server sees a client of 127.0.0.1. Nothing is forwarded to other machines.
 */
export async function plugIn(network: ClusterNetwork, plane: Machine, count: number): Promise<void> {
  const { name, host, services } = network;
  const settings = `/proc/sys/net/ipv4/conf/${name}`;
  // A Service is found by the rules of any node.
  const ways = `${routes(network, count)}\nip route add ${services} via ${network.node(0).address}`;
  const here = `
ip link add ${name} type veth peer name uplink netns /proc/${plane.pid}/ns/net
ip address add ${host}/24 dev ${name}
ip link set ${name} up
echo 0 > ${settings}/forwarding
echo 1 > ${settings}/route_localnet
nft -f - <<'RULES'
table ip ${name} {
  chain in {
    type nat hook prerouting priority dstnat
    iifname "${name}" ip daddr ${host} dnat to 127.0.0.1
  }
  chain from {
    type nat hook input priority 100
    iifname "${name}" ip daddr 127.0.0.1 snat to 127.0.0.1
  }
}
RULES
${ways}`;
  const there = `
ip link set uplink master switch up
${ways}
ip route add default via ${host}`;
  await asRoot("sh", "-ec", here);
  await asRoot(...sh(plane, there));
}

/** Plugs a node into the switch. */
export async function plugInNode(
  network: ClusterNetwork,
  plane: Machine,
  node: Machine,
  index: number,
  count: number,
): Promise<void> {
  const port = `node-${index + 1}`;
  const cable = `
ip link add ${port} type veth peer name eth0 netns /proc/${node.pid}/ns/net
ip link set ${port} master switch up`;
  const settings = `
ip link set lo up
ip address add ${network.node(index).address}/24 dev eth0
ip link set eth0 up
ip route add default via ${network.host}
${routes(network, count, index)}
echo 1 > /proc/sys/net/ipv4/ip_forward`;
  await asRoot(...sh(plane, cable));
  await asRoot(...sh(node, settings));
}

const sh = (machine: Machine, script: string) => machine.enter("sh", "-ec", script) as [string, ...string[]];
