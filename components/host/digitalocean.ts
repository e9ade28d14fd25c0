// By file: the package's index, imported as a whole, loads each of its 180 resources.
import { Droplet } from "@pulumi/digitalocean/droplet.js";
import { Firewall } from "@pulumi/digitalocean/firewall.js";
import { ReservedIp } from "@pulumi/digitalocean/reservedIp.js";
import { ReservedIpAssignment } from "@pulumi/digitalocean/reservedIpAssignment.js";
import { SshKey } from "@pulumi/digitalocean/sshKey.js";
import { Volume } from "@pulumi/digitalocean/volume.js";
import { VolumeAttachment } from "@pulumi/digitalocean/volumeAttachment.js";
import * as pulumi from "@pulumi/pulumi";
import {
  everywhere,
  type Host,
  type HostArgs,
  hostLayout,
  lifetimes,
  openings,
} from "../../infra/contracts/host.ts";
import { digitalocean } from "../../infra/hosts/digitalocean.ts";
import { cloudInit } from "./prepare/cloud-init.ts";
import { firstContact } from "./prepare/ready.ts";

/** A rule without a destination lets nothing out. */
const outboundRules = [
  { protocol: "tcp", portRange: "1-65535", destinationAddresses: [...everywhere] },
  { protocol: "udp", portRange: "1-65535", destinationAddresses: [...everywhere] },
  { protocol: "icmp", destinationAddresses: [...everywhere] },
];

/**
 * A droplet with a reserved IP, a data volume and a firewall.
 *
 * `size` and a larger `volumeGb` are changed in place: the server restarts, its disk stays as it was, so that it can
 * become smaller again. `region` replaces everything, which the protection refuses. A changed public key or a new
 * cloud-init reaches a new server only, which `rebuild` makes; nothing replaces a running one by the way. What replaces
 * what is in `willReplaceOnChanges` of the provider's schema.json, 4.76.
 *
 * The firewall takes a droplet's id, so that it holds a moment after the droplet has started; until then there is SSH by
 * key, and nothing else listens.
 *
 * `pulumi up` fails with "SSH Key is already in use on your account" where the key is in the account already: import it
 * with `pulumi import digitalocean:index/sshKey:SshKey host-key <id>`.
 */
export class DigitalOceanHost extends pulumi.ComponentResource implements Host {
  readonly address: pulumi.Output<string>;
  readonly user = hostLayout.user;
  readonly dataDirectory = hostLayout.dataDirectory;
  readonly hostKey: pulumi.Output<string>;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: HostArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:host:DigitalOcean", name, {}, options);
    const { label, region } = args;
    const child = { parent: this };
    const { kept, server } = lifetimes(args);

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
      { ...child, ...kept },
    );
    const ip = new ReservedIp(`${name}-ip`, { region }, { ...child, ...kept });
    const droplet = new Droplet(
      name,
      {
        name: label,
        region,
        size: args.size,
        image: digitalocean.image,
        sshKeys: [key.fingerprint],
        userData: cloudInit(args.sshPublicKey),
        monitoring: true,
        gracefulShutdown: true,
        resizeDisk: false,
      },
      {
        ...child,
        ...server,
        ignoreChanges: ["image", "sshKeys", "userData"],
        // Another region is refused there, before anything happens to the server.
        dependsOn: [volume, ip],
      },
    );
    const dropletId = droplet.id.apply(Number);
    // The server's end detaches both: undone before it, the disk would be pulled from under a running database.
    const tie = { ...child, deletedWith: droplet };
    const firewall = new Firewall(
      `${name}-firewall`,
      {
        name: label,
        dropletIds: [dropletId],
        inboundRules: openings(args).map(({ protocol, port, sources }) => ({
          protocol,
          ...(port !== undefined && { portRange: `${port}` }),
          sourceAddresses: [...sources],
        })),
        outboundRules,
      },
      child,
    );
    const attached = new VolumeAttachment(
      `${name}-volume-attachment`,
      { dropletId, volumeId: volume.id },
      tie,
    );
    const assigned = new ReservedIpAssignment(
      `${name}-ip-assignment`,
      { dropletId, ipAddress: ip.ipAddress },
      tie,
    );
    this.address = ip.ipAddress;
    const contact = firstContact(
      name,
      { address: this.address, serverId: droplet.id, hostKey: args.hostKey },
      { ...child, dependsOn: [firewall, attached, assigned] },
    );
    this.hostKey = contact.hostKey;
    this.ready = contact.ready;
    this.registerOutputs();
  }
}
