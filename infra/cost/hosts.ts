/** Servers of one's own, and what belongs to them. */
import { digitalocean } from "../prices/digitalocean.ts";
import { hetzner } from "../prices/hetzner.ts";
import { linode } from "../prices/linode.ts";
import type { HostPrices } from "../prices/price.ts";
import { vultr } from "../prices/vultr.ts";
import { free, listed, type Rule, type Rules, unknown } from "./rule.ts";

/** @param input that names the size. */
const server =
  ({ servers }: HostPrices, input: string): Rule =>
  (resource) =>
    listed("server", servers, resource, input);

/** @param input that gives the size in GB. */
const volume =
  ({ volume: price }: HostPrices, input: string): Rule =>
  ({ inputs }) => {
    const size = inputs[input];
    if (typeof size !== "number") return { item: "disk", unknown: true };
    const item = `disk of ${size} GB`;
    return price ? { item, price, quantity: size } : { item, unknown: true };
  };

/** Free while attached: https://docs.digitalocean.com/products/networking/reserved-ips/how-to/modify/, 2025-06-17. */
const reservedIp: Rule = ({ key, inputs }, { resources }) => {
  const attached = resources.some(
    ({ type, dataFlow }) => type === attachment && Object.values(dataFlow).flat().includes(key),
  );
  return attached || inputs["dropletId"] !== undefined
    ? { item: "reserved IP, attached", free: true }
    : { item: "reserved IP, not attached", unknown: true };
};
const attachment = "digitalocean:index/reservedIpAssignment:ReservedIpAssignment";

export const hosts: Rules = {
  "digitalocean:index/dnsRecord:DnsRecord": free("DNS record"),
  "digitalocean:index/droplet:Droplet": server(digitalocean, "size"),
  "digitalocean:index/firewall:Firewall": free("firewall"),
  "digitalocean:index/reservedIp:ReservedIp": reservedIp,
  [attachment]: free("reserved IP's assignment"),
  "digitalocean:index/sshKey:SshKey": free("SSH key"),
  "digitalocean:index/volume:Volume": volume(digitalocean, "size"),
  "digitalocean:index/volumeAttachment:VolumeAttachment": free("disk's attachment"),

  "hcloud:index/firewall:Firewall": free("firewall"),
  "hcloud:index/primaryIp:PrimaryIp": unknown("primary IPv4 address"),
  "hcloud:index/server:Server": server(hetzner, "serverType"),
  "hcloud:index/sshKey:SshKey": free("SSH key"),
  "hcloud:index/volume:Volume": volume(hetzner, "size"),
  "hcloud:index/volumeAttachment:VolumeAttachment": free("disk's attachment"),

  "linode:index/firewall:Firewall": free("firewall"),
  "linode:index/instance:Instance": server(linode, "type"),
  "linode:index/networkingIp:NetworkingIp": unknown("reserved IPv4 address"),
  "linode:index/volume:Volume": volume(linode, "size"),

  "vultr:index/blockStorage:BlockStorage": volume(vultr, "sizeGb"),
  "vultr:index/firewallGroup:FirewallGroup": free("firewall"),
  "vultr:index/firewallRule:FirewallRule": free("firewall's rule"),
  "vultr:index/instance:Instance": server(vultr, "plan"),
  "vultr:index/reservedIp:ReservedIp": unknown("reserved IPv4 address"),
  "vultr:index/sSHKey:SSHKey": free("SSH key"),
};
