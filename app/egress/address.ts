import ipaddr from "ipaddr.js";

/**
 * Addresses that count as public and serve the machines inside a cloud: Azure's metadata and name service. Those of
 * other clouds lie in ranges that are refused as a whole (169.254.169.254, 100.100.100.200, 192.0.0.192, fd00::/8).
 */
const served = new Set(["168.63.129.16"]);

/** Everything that is routed on the Internet; what lies outside embeds IPv4 addresses or belongs to nobody. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Why nothing may be sent to an address, in words; `undefined` when it is a public one.
 *
 * The ranges are the library's (https://github.com/whitequark/ipaddr.js): private, loopback, link-local, carrier-grade
 * NAT, benchmarking, documentation, multicast, reserved, and those of IPv6 that carry an IPv4 address inside: mapped,
 * NAT64, 6to4, Teredo. One that carries an address is refused whatever it carries: who is to say which gateway takes
 * it out again.
 *
 * @param address as the resolver answers it or a URL normalizes it: no octal, no hexadecimal, no short form.
 */
export function refusalOf(address: string): string | undefined {
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range !== "unicast") return `is ${words[range] ?? range}`;
  if (served.has(parsed.toString())) return "is a cloud's metadata service";
  if (parsed instanceof ipaddr.IPv4) return undefined;
  return parsed.match(globalUnicast) ? undefined : "is no address of the Internet";
}

const words: { readonly [Range in string]?: string } = {
  private: "private",
  loopback: "this machine",
  linkLocal: "link-local",
  uniqueLocal: "private",
  deprecatedSiteLocal: "private",
  carrierGradeNat: "carrier-grade NAT",
  ipv4Mapped: "an IPv4 address inside IPv6",
  rfc6145: "an IPv4 address inside IPv6",
  rfc6052: "an IPv4 address inside IPv6 (NAT64)",
  "6to4": "an IPv4 address inside IPv6 (6to4)",
  teredo: "an IPv4 address inside IPv6 (Teredo)",
};
