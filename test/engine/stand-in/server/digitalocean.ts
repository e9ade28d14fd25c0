/** What DigitalOcean really does where its droplets are containers of this machine. */
import type { Properties } from "../../../../components/provider/contract.ts";
import type { Effects } from "../effects.ts";
import type { Machines } from "./machines.ts";

interface Rule {
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly portRange?: string;
  readonly sourceAddresses: string[];
}

/** The network has IPv4 only. */
const ipv4 = (addresses: readonly string[]): string =>
  addresses.filter((each) => !each.includes(":")).join(", ");

const ruleOf = ({ protocol, portRange, sourceAddresses }: Rule): string =>
  `ip saddr { ${ipv4(sourceAddresses)} } ` +
  (protocol === "icmp" ? "meta l4proto icmp accept" : `${protocol} dport ${portRange} accept`);

/** In front of all that the server itself has: a chain earlier than its own, in a table that it does not know. */
export const rulesetOf = (rules: readonly Rule[]): string => `table inet provider
delete table inet provider
table inet provider {
  chain inbound {
    type filter hook prerouting priority -160; policy drop;
    iifname != "eth0" accept
    ct state established,related accept
    ${rules.map(ruleOf).join("\n    ")}
  }
}`;

export function digitalocean(machines: Machines): Readonly<Record<string, Effects>> {
  const filter = async ({ dropletIds, inboundRules }: Properties): Promise<Properties> => {
    const ruleset = rulesetOf(inboundRules as unknown as Rule[]);
    for (const id of dropletIds as number[]) await machines.filter(String(id), ruleset);
    return {};
  };
  return {
    "digitalocean:index/volume:Volume": {
      async create({ size, initialFilesystemLabel }, id) {
        await machines.makeDisk(id, Number(size), String(initialFilesystemLabel));
        return {};
      },
      delete: (_, id) => machines.removeDisk(id),
    },
    "digitalocean:index/droplet:Droplet": {
      async create({ name, userData, size }, id) {
        const memoryGb = Number(/(\d+)gb$/.exec(String(size))?.[1]);
        const server = { name: String(name), userData: String(userData), memoryGb };
        return { ipv4Address: await machines.boot(id, server) };
      },
      delete: (_, id) => machines.end(id),
    },
    "digitalocean:index/volumeAttachment:VolumeAttachment": {
      async create({ dropletId, volumeId }) {
        await machines.attach(String(dropletId), String(volumeId));
        return {};
      },
    },
    "digitalocean:index/reservedIp:ReservedIp": {
      create: async () => ({ ipAddress: await machines.reserveAddress() }),
    },
    "digitalocean:index/reservedIpAssignment:ReservedIpAssignment": {
      async create({ dropletId, ipAddress }) {
        await machines.assign(String(dropletId), String(ipAddress));
        return {};
      },
    },
    "digitalocean:index/firewall:Firewall": { create: filter, update: filter },
  };
}
