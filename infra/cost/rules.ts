import type { RecordedResource, Recording } from "../plan/record.ts";
import { digitalocean } from "../prices/digitalocean.ts";
import type { Price } from "../prices/price.ts";

/** What one resource is billed for. */
export type Charge =
  | { readonly item: string; readonly price: Price; readonly quantity: number }
  | { readonly item: string; readonly free: true }
  | { readonly item: string; readonly unknown: true };

type Rule = (resource: RecordedResource, recording: Recording) => Charge;

const free =
  (item: string): Rule =>
  () => ({ item, free: true });

const droplet: Rule = ({ inputs: { size } }) => {
  const item = `server ${String(size)}`;
  const price = typeof size === "string" ? digitalocean[size] : undefined;
  return price ? { item, price, quantity: 1 } : { item, unknown: true };
};

const volume: Rule = ({ inputs: { size } }) => {
  const price = digitalocean["volume"];
  return price && typeof size === "number"
    ? { item: `disk of ${size} GB`, price, quantity: size }
    : { item: "disk", unknown: true };
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

const rules: Readonly<Record<string, Rule>> = {
  "digitalocean:index/droplet:Droplet": droplet,
  "digitalocean:index/firewall:Firewall": free("firewall"),
  "digitalocean:index/reservedIp:ReservedIp": reservedIp,
  [attachment]: free("reserved IP's assignment"),
  "digitalocean:index/sshKey:SshKey": free("SSH key"),
  "digitalocean:index/volume:Volume": volume,
  "digitalocean:index/volumeAttachment:VolumeAttachment": free("disk's attachment"),
};

/** Packages whose resources live on what is paid for elsewhere, or nowhere at all. */
const unbilled = new Set(["command", "docker", "pulumi", "random"]);

/** @returns `undefined` for what nobody bills: components, containers, passwords, commands. */
export function chargeFor(resource: RecordedResource, recording: Recording): Charge | undefined {
  const [vendor = ""] = resource.type.split(":");
  if (!resource.custom || unbilled.has(vendor)) return undefined;
  const rule = rules[resource.type];
  return rule ? rule(resource, recording) : { item: resource.type, unknown: true };
}
