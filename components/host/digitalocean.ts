// By file: the package's index, imported as a whole, loads each of its 180 resources.
import { Droplet } from "@pulumi/digitalocean/droplet.js";
import { Firewall, type FirewallArgs } from "@pulumi/digitalocean/firewall.js";
import { ReservedIp } from "@pulumi/digitalocean/reservedIp.js";
import { ReservedIpAssignment } from "@pulumi/digitalocean/reservedIpAssignment.js";
import { SshKey } from "@pulumi/digitalocean/sshKey.js";
import { Volume } from "@pulumi/digitalocean/volume.js";
import { VolumeAttachment } from "@pulumi/digitalocean/volumeAttachment.js";
import * as pulumi from "@pulumi/pulumi";
import { type Host, type HostArgs, hostLayout } from "../../infra/contracts/host.ts";
import { cloudInit } from "./prepare/cloud-init.ts";
import { hostReady } from "./prepare/ready.ts";

/** Ubuntu's packages have a Docker engine, and its kernel an AppArmor that knows user namespaces. */
const image = "ubuntu-24-04-x64";
const everywhere = ["0.0.0.0/0", "::/0"];

/**
 * A droplet with a reserved IP, a data volume and a firewall.
 *
 * `size` and a larger `volumeGb` are changed in place: the server restarts, its disk stays as it was, so that it can
 * become smaller again. `region` replaces everything, which the protection refuses. A changed public key or a new
 * cloud-init reaches a new server only; nothing replaces a running one by the way. What replaces what is in
 * `willReplaceOnChanges` of the provider's schema.json, 4.76.
 *
 * `pulumi up` fails with "SSH Key is already in use on your account" where the key is in the account already: import it
 * with `pulumi import digitalocean:index/sshKey:SshKey host-key <id>`.
 */
export class DigitalOceanHost extends pulumi.ComponentResource implements Host {
  readonly address: pulumi.Output<string>;
  readonly user = hostLayout.user;
  readonly dataDirectory = hostLayout.dataDirectory;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: HostArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:host:DigitalOcean", name, {}, options);
    const { label, region } = args;
    const child = { parent: this };
    const stateful = { ...child, protect: true, retainOnDelete: true };

    const key = new SshKey(`${name}-key`, { name: label, publicKey: args.sshPublicKey }, child);
    const volume = new Volume(
      `${name}-volume`,
      {
        name: label,
        region,
        size: args.volumeGb,
        initialFilesystemType: "ext4",
        initialFilesystemLabel: hostLayout.volumeLabel,
      },
      stateful,
    );
    const reservedIp = new ReservedIp(`${name}-ip`, { region }, stateful);
    const droplet = new Droplet(
      name,
      {
        name: label,
        region,
        size: args.size,
        image,
        sshKeys: [key.fingerprint],
        userData: cloudInit(args.sshPublicKey),
        monitoring: true,
        gracefulShutdown: true,
        resizeDisk: false,
      },
      // Without `retainOnDelete`: the data is on the volume, and a forgotten server goes on costing money.
      { ...child, protect: true, ignoreChanges: ["image", "sshKeys", "userData"] },
    );
    const dropletId = droplet.id.apply(Number);
    new Firewall(
      `${name}-firewall`,
      { name: label, dropletIds: [dropletId], ...firewallRules(args.adminCidrs) },
      child,
    );
    const attached = new VolumeAttachment(
      `${name}-volume-attachment`,
      { dropletId, volumeId: volume.id },
      child,
    );
    const assigned = new ReservedIpAssignment(
      `${name}-ip-assignment`,
      { dropletId, ipAddress: reservedIp.ipAddress },
      child,
    );
    this.address = reservedIp.ipAddress;
    this.ready = hostReady(
      `${name}-ready`,
      { address: this.address, serverId: droplet.id },
      { ...child, dependsOn: [attached, assigned] },
    );
    this.registerOutputs();
  }
}

/** A rule without a destination lets nothing out, and one that is missing lets nothing in. */
function firewallRules(adminCidrs: readonly string[]): Pick<FirewallArgs, "inboundRules" | "outboundRules"> {
  return {
    inboundRules: [
      { protocol: "tcp", portRange: "22", sourceAddresses: [...adminCidrs] },
      { protocol: "tcp", portRange: "80", sourceAddresses: everywhere },
      { protocol: "tcp", portRange: "443", sourceAddresses: everywhere },
      { protocol: "udp", portRange: "443", sourceAddresses: everywhere },
    ],
    outboundRules: [
      { protocol: "tcp", portRange: "1-65535", destinationAddresses: everywhere },
      { protocol: "udp", portRange: "1-65535", destinationAddresses: everywhere },
      { protocol: "icmp", destinationAddresses: everywhere },
    ],
  };
}
