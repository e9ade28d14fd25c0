import type { Network } from "../../../support/network.ts";
import { answering, asking } from "../../../support/peer.ts";

/** The server's addresses, those of a container on it, and the metadata service's. */
export const families = {
  IPv4: { server: "198.51.100.1", container: "172.18.0.2", metadata: ["169.254.169.254"] },
  IPv6: {
    server: "2001:db8:1::1",
    container: "fd18::2",
    metadata: ["fd00:a9fe:a9fe::1", "fd00:ec2::254"],
  },
} as const;

/** Of the server, for the container; it can be reached on the bridge only. */
export const linkLocal = "fe80::1%eth0";

/** A stranger's address, one in each family. */
export const stranger = { IPv4: "198.51.100.2", IPv6: "2001:db8:1::2" } as const;

const { IPv4, IPv6 } = families;

/** With rules such as the engine makes for published ports: https://docs.docker.com/engine/network/packet-filtering-firewalls/ */
const publish = (family: "ip" | "ip6", container: string) => `table ${family} nat {
  chain PREROUTING {
    type nat hook prerouting priority -100;
    fib daddr type local tcp dport { 80, 443, 5432 } dnat to ${container}
    fib daddr type local udp dport 443 dnat to ${container}
  }
  chain POSTROUTING {
    type nat hook postrouting priority 100;
    oifname "eth0" masquerade
  }
}`;

/**
 * `stranger` - eth0 of the server, which is the machine in the middle - bridge `br-x` - `container`. The stranger is also
 * all the world, and has the addresses of the metadata service. The server itself listens for SSH, on an engine's port
 * and on Redis's; the container, which publishes 80, 443 and 5432, on these.
 */
export async function layOut({ on, start }: Network): Promise<void> {
  await on("", "sh", "-ec", script);
  await Promise.all([
    start(
      "",
      process.execPath,
      "-e",
      answering,
      "server",
      "tcp:22",
      "tcp:2375",
      "tcp:6379",
      "udp:53",
      "udp:68",
    ),
    start(
      "container",
      process.execPath,
      "-e",
      answering,
      "container",
      "tcp:80",
      "tcp:443",
      "tcp:5432",
      "udp:443",
    ),
    start("stranger", process.execPath, "-e", answering, "world", "tcp:80"),
  ]);
}

const script = `
for machine in stranger container; do
  ip netns add $machine
  ip -n $machine link set lo up
done
sysctl --quiet --write net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1

ip link add eth0 type veth peer name eth0 netns stranger
ip link set eth0 up
ip -n stranger link set eth0 up
ip address add ${IPv4.server}/24 dev eth0
ip address add ${IPv6.server}/64 dev eth0 nodad
ip route add default via ${stranger.IPv4}
ip -6 route add default via ${stranger.IPv6}
ip -n stranger address add ${stranger.IPv4}/24 dev eth0
ip -n stranger address add ${stranger.IPv6}/64 dev eth0 nodad
for address in ${[...IPv4.metadata, ...IPv6.metadata].join(" ")}; do ip -n stranger address add $address dev lo; done
ip -n stranger route add 172.18.0.0/16 via ${IPv4.server}
ip -n stranger -6 route add fd18::/64 via ${IPv6.server}

ip link add br-x type bridge
ip link add veth0 type veth peer name eth0 netns container
ip link set veth0 master br-x up
ip link set br-x up
ip -n container link set eth0 up
ip address add 172.18.0.1/16 dev br-x
ip address add fd18::1/64 dev br-x nodad
ip address add fe80::1/64 dev br-x nodad
ip -n container address add ${IPv4.container}/16 dev eth0
ip -n container address add ${IPv6.container}/64 dev eth0 nodad
ip -n container route add default via 172.18.0.1
ip -n container -6 route add default via fd18::1

nft -f - <<'RULES'
${publish("ip", IPv4.container)}
${publish("ip6", IPv6.container)}
RULES
`;

/** @returns `tcp 22: server` for each of the ports that answers, in the order of the ports. */
export async function answers(
  network: Network,
  machine: string,
  address: string,
  ports: readonly string[],
): Promise<string[]> {
  const { said } = await network.try(machine, "bash", "-c", asking, address, ...ports);
  return ports.flatMap((port) => said.split("\n").filter((line) => line.startsWith(`${port}: `)));
}
