/** What the published types do not say about servers and what belongs to them at Hetzner, Linode and Vultr. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Behaviour } from "./behaviour.ts";
import { floatingIp, number, publicIp, uuid } from "./seed.ts";

/** Made by read-replaces.ts; it names the versions. They are not the SDKs' own: what changed between is unverified. */
const published = (
  JSON.parse(readFileSync(join(import.meta.dirname, "replaces.json"), "utf8")) as {
    replaces: Readonly<Record<string, readonly string[]>>;
  }
).replaces;

/**
 * Pulumi's schemas say nothing of resources that are made with Terraform's newer framework. These are `RequiresReplace` in
 * hetznercloud/terraform-provider-hcloud f81c9af and linode/terraform-provider-linode 6aef35f. An address of Linode is
 * replaced by none of its own accord: linode/networkingip/framework_resource_schema.go.
 */
const unpublished: Readonly<Record<string, readonly string[]>> = {
  "hcloud:index/primaryIp:PrimaryIp": ["type", "location"],
  "hcloud:index/sshKey:SshKey": ["publicKey"],
  "linode:index/volume:Volume": ["region", "encryption", "sourceVolumeId"],
};

export const known: Readonly<Record<string, Behaviour>> = {
  "hcloud:index/firewall:Firewall": { id: number },
  "hcloud:index/primaryIp:PrimaryIp": {
    id: number,
    outputs: (_, seed) => ({ ipAddress: floatingIp(seed) }),
  },
  "hcloud:index/server:Server": {
    id: number,
    outputs: (_, seed) => ({ ipv4Address: publicIp(seed), status: "running" }),
  },
  "hcloud:index/sshKey:SshKey": { id: number },
  "hcloud:index/volume:Volume": { id: number },
  "hcloud:index/volumeAttachment:VolumeAttachment": { id: number },

  "linode:index/firewall:Firewall": { id: number },
  "linode:index/instance:Instance": {
    id: number,
    outputs: (_, seed) => ({ ipAddress: publicIp(seed), status: "running" }),
  },
  "linode:index/networkingIp:NetworkingIp": {
    id: floatingIp,
    outputs: (_, seed) => ({ address: floatingIp(seed) }),
  },
  "linode:index/volume:Volume": { id: number },

  "vultr:index/blockStorage:BlockStorage": { id: uuid },
  "vultr:index/firewallGroup:FirewallGroup": { id: uuid },
  "vultr:index/firewallRule:FirewallRule": { id: number },
  "vultr:index/instance:Instance": {
    id: uuid,
    outputs: (_, seed) => ({ mainIp: publicIp(seed), status: "active" }),
  },
  "vultr:index/reservedIp:ReservedIp": { id: uuid, outputs: (_, seed) => ({ subnet: floatingIp(seed) }) },
  "vultr:index/sSHKey:SSHKey": { id: uuid },
};

export const servers: Readonly<Record<string, Behaviour>> = Object.fromEntries(
  Object.entries(known).map(([token, behaviour]) => [
    token,
    { ...behaviour, replaces: unpublished[token] ?? published[token] ?? [] },
  ]),
);
