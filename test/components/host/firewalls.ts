import type { Provider } from "../../../infra/hosts/index.ts";
import type { RecordedResource } from "../../../infra/plan/record.ts";

/** What a firewall lets in, whoever's firewall it is. */
export interface Allowed {
  readonly protocol: string;
  /** One port or a range, as the provider writes it; `""` for all, and for protocols without ports. */
  readonly port: string;
  readonly sources: readonly string[];
}

/** A reader for each provider. It takes all resources, so that one more firewall is not overlooked. */
const readers: Readonly<Record<Provider, (resource: RecordedResource) => Allowed[]>> = {
  digitalocean: ({ type, inputs }) =>
    type === "digitalocean:index/firewall:Firewall"
      ? rules<{ protocol: string; portRange?: string; sourceAddresses: string[] }>(
          inputs["inboundRules"],
        ).map(({ protocol, portRange = "", sourceAddresses }) => ({
          protocol,
          port: portRange,
          sources: sourceAddresses,
        }))
      : [],
  hetzner: ({ type, inputs }) =>
    type === "hcloud:index/firewall:Firewall"
      ? rules<{ direction: string; protocol: string; port?: string; sourceIps: string[] }>(inputs["rules"])
          .filter(({ direction }) => direction === "in")
          .map(({ protocol, port = "", sourceIps }) => ({ protocol, port, sources: sourceIps }))
      : [],
  vultr: ({ type, inputs }) =>
    type === "vultr:index/firewallRule:FirewallRule"
      ? [
          {
            protocol: String(inputs["protocol"]),
            port: String(inputs["port"] ?? ""),
            sources: [
              range(String(inputs["subnet"]), Number(inputs["subnetSize"]), inputs["ipType"] === "v6"),
            ],
          },
        ]
      : [],
  linode: ({ type, inputs }) =>
    type === "linode:index/firewall:Firewall"
      ? [
          ...(inputs["inboundPolicy"] === "DROP" ? [] : [{ protocol: "any", port: "", sources: ["policy"] }]),
          ...rules<{ action: string; protocol: string; ports?: string; ipv4s?: string[]; ipv6s?: string[] }>(
            inputs["inbounds"],
          )
            .filter(({ action }) => action === "ACCEPT")
            .map(({ protocol, ports = "", ipv4s = [], ipv6s = [] }) => ({
              protocol: protocol.toLowerCase(),
              port: ports,
              sources: [...ipv4s, ...ipv6s],
            })),
        ]
      : [],
};

/** All that is let in, a line for each protocol and port. */
export function allowedIn(resources: readonly RecordedResource[], provider: Provider): Allowed[] {
  const lines = new Map<string, Allowed>();
  for (const { protocol, port, sources } of resources.flatMap(readers[provider])) {
    const key = `${protocol} ${port}`;
    const all = [...(lines.get(key)?.sources ?? []), ...sources];
    lines.set(key, { protocol, port, sources: all.toSorted() });
  }
  return [...lines].toSorted(([one], [other]) => one.localeCompare(other)).map(([, line]) => line);
}

const rules = <Rule>(value: unknown): Rule[] => (value ?? []) as Rule[];

/** A rule that calls a range of one version the other's would open something else. */
function range(subnet: string, bits: number, isIpv6: boolean): string {
  if (subnet.includes(":") !== isIpv6) throw new Error(`${subnet} is not a range of IPv${isIpv6 ? 6 : 4}`);
  return `${subnet}/${bits}`;
}
