import type { RecordedResource, Value } from "../plan/record.ts";
import { listOf, textsOf } from "./values.ts";

/** One thing that a provider's firewall lets in. */
export interface Opening {
  readonly protocol: string;
  /** First and last port of each range; none for a protocol without ports. */
  readonly ports: readonly (readonly [number, number])[];
  /** Address ranges; those that are not known yet are left out. */
  readonly sources: readonly string[];
}

const every: readonly [number, number] = [1, 65_535];

/** `22`, `22, 80`, `8000-9000`, with Vultr `8000:9000`; a rule that names no port is for all of them. */
function portsOf(protocol: string, value: Value | undefined): Opening["ports"] {
  if (protocol !== "tcp" && protocol !== "udp") return [];
  if (value !== undefined && value !== null && typeof value !== "string" && typeof value !== "number")
    return [];
  const parts = `${value ?? ""}`.split(",").map((part) => part.trim());
  return parts.map((part) => {
    const [, first, last = first] = /^(\d+)(?:[-:](\d+))?$/.exec(part) ?? [];
    return first === undefined || first === "0" ? every : [Number(first), Number(last)];
  });
}

function opening(protocol: Value | undefined, port: Value | undefined, sources: readonly string[]): Opening {
  const name = typeof protocol === "string" ? protocol.toLowerCase() : "";
  return { protocol: name, ports: portsOf(name, port), sources };
}

const all = (protocol: string): Opening => ({ protocol, ports: [every], sources: ["0.0.0.0/0", "::/0"] });

/** By type of resource. Providers differ in how they write a rule, and in what holds without one. */
const readers: Readonly<Record<string, (inputs: RecordedResource["inputs"]) => Opening[]>> = {
  "digitalocean:index/firewall:Firewall": ({ inboundRules }) =>
    listOf(inboundRules).map((rule) =>
      opening(rule["protocol"], rule["portRange"], textsOf(rule["sourceAddresses"])),
    ),
  "hcloud:index/firewall:Firewall": ({ rules }) =>
    listOf(rules)
      .filter(({ direction }) => direction === "in")
      .map((rule) => opening(rule["protocol"], rule["port"], textsOf(rule["sourceIps"]))),
  "linode:index/firewall:Firewall": ({ inboundPolicy, inbounds }) => [
    ...(inboundPolicy === "ACCEPT" ? [all("tcp"), all("udp")] : []),
    ...listOf(inbounds)
      .filter(({ action }) => action === "ACCEPT")
      .map((rule) =>
        opening(rule["protocol"], rule["ports"], [...textsOf(rule["ipv4s"]), ...textsOf(rule["ipv6s"])]),
      ),
  ],
  "vultr:index/firewallRule:FirewallRule": ({ protocol, port, subnet, subnetSize }) => [
    opening(protocol, port, typeof subnet === "string" ? [`${subnet}/${String(subnetSize)}`] : []),
  ],
};

/** What a resource lets in; nothing when it is no firewall. */
export const openingsOf = ({ type, inputs }: RecordedResource): Opening[] =>
  (Object.hasOwn(readers, type) && readers[type]?.(inputs)) || [];

/** Servers with a public address, and by which resource each is closed. */
export const firewallOf: Readonly<Record<string, string>> = {
  "digitalocean:index/droplet:Droplet": "digitalocean:index/firewall:Firewall",
  "hcloud:index/server:Server": "hcloud:index/firewall:Firewall",
  "linode:index/instance:Instance": "linode:index/firewall:Firewall",
  "vultr:index/instance:Instance": "vultr:index/firewallGroup:FirewallGroup",
};
