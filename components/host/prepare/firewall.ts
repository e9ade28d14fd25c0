import { openings } from "../../../infra/contracts/host.ts";
import { file } from "./file.ts";

const portsOf = (wanted: "tcp" | "udp"): string =>
  openings({ adminCidrs: [] })
    .flatMap(({ protocol, port }) => (protocol === wanted && port !== undefined ? [port] : []))
    .join(", ");

/**
 * What may come in from outside, and where containers may not go.
 *
 * The chain sees a packet after connection tracking (-200) and before Docker sends those for a published port to a
 * container (-100), so that publishing a port opens nothing. It is a table of its own: nothing that Docker does to its
 * rules touches it, and a packet dropped here is dropped whatever others decide. An interface is outside unless it is
 * known to be inside.
 *
 * From where SSH may come is for the provider's firewall alone, which can be changed without another server.
 *
 * The metadata service tells whoever asks from this machine what it was made with, and gives out tokens at some
 * providers; strangers' pages run here. The `egress` role refuses those addresses too. `fd00:a9fe:a9fe::1` is Linode's,
 * `fd00:ec2::254` that of EC2 and who imitates it.
 */
const ruleset = file(
  "/etc/nftables/testfarm.nft",
  `table inet testfarm
delete table inet testfarm
table inet testfarm {
  chain prerouting {
    type filter hook prerouting priority -150; policy drop;
    iifname "lo" accept
    iifname "docker0" goto containers
    iifname "br-*" goto containers
    ct state established,related accept
    ct state invalid drop

    udp sport 67 udp dport 68 accept
    ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept
    icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept
    icmpv6 type {
      echo-request, destination-unreachable, packet-too-big, time-exceeded, parameter-problem,
      nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query
    } accept

    # To this machine itself: nobody reaches a container by taking the machine for a router.
    fib daddr type != local drop
    tcp dport { ${portsOf("tcp")} } accept
    udp dport { ${portsOf("udp")} } accept
  }

  chain containers {
    # Finding the gateway's address is link-local.
    icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
    ip daddr 169.254.0.0/16 drop
    ip6 daddr { fe80::/10, fd00:a9fe:a9fe::1, fd00:ec2::254 } drop
    accept
  }
}
`,
);

export const firewallUnit = "testfarm-firewall.service";

/**
 * Before there is a network. Stopping it leaves the rules. Debian's `nftables.service` flushes those of everybody: who
 * starts it stops this one, and with it the engine.
 */
const unit = file(
  `/etc/systemd/system/${firewallUnit}`,
  `[Unit]
Description=Firewall of TestFarm
DefaultDependencies=no
After=nftables.service
Before=network-pre.target docker.service shutdown.target
Wants=network-pre.target
Conflicts=nftables.service shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft --file ${ruleset.path}

[Install]
WantedBy=sysinit.target
`,
);

export const firewall = [ruleset, unit];
