// By file: less to load than the package's index.
import { Firewall } from "@pulumi/hcloud/firewall.js";
import { PrimaryIp } from "@pulumi/hcloud/primaryIp.js";
import { Server } from "@pulumi/hcloud/server.js";
import { SshKey } from "@pulumi/hcloud/sshKey.js";
import { Volume } from "@pulumi/hcloud/volume.js";
import { VolumeAttachment } from "@pulumi/hcloud/volumeAttachment.js";
import * as pulumi from "@pulumi/pulumi";
import { type Host, type HostArgs, hostLayout, lifetimes, openings } from "../../infra/contracts/host.ts";
import { hetzner } from "../../infra/hosts/hetzner.ts";
import { cloudInit } from "./prepare/cloud-init.ts";
import { firstContact } from "./prepare/ready.ts";

/**
 * A server with a primary IPv4 address, a data volume and a firewall that holds from its first start.
 *
 * `size` and a larger `volumeGb` are changed in place: the server is off meanwhile, its disk stays as it was, so that it
 * can become smaller again. `region` replaces everything, which the protection refuses. A changed public key or a new
 * cloud-init reaches a new server only, which `rebuild` makes. What replaces what is in the schemas of
 * hetznercloud/terraform-provider-hcloud, f81c9af, 2026-08-17.
 *
 * Address and volume have the provider's own protection too, which holds in its console; the server has none, since that
 * would refuse `rebuild` and `destroy`.
 *
 * `pulumi up` fails with "SSH key not unique" where the key is in the project already: import it with
 * `pulumi import hcloud:index/sshKey:SshKey host-key <id>`.
 */
export class HetznerHost extends pulumi.ComponentResource implements Host {
  readonly address: pulumi.Output<string>;
  readonly user = hostLayout.user;
  readonly dataDirectory = hostLayout.dataDirectory;
  readonly hostKey: pulumi.Output<string>;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: HostArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:host:Hetzner", name, {}, options);
    const { label, region } = args;
    const child = { parent: this };
    const { kept, server } = lifetimes(args);
    const labels = { stack: label };

    const key = new SshKey(`${name}-key`, { name: label, publicKey: args.sshPublicKey, labels }, child);
    const volume = new Volume(
      `${name}-volume`,
      { name: label, location: region, size: args.volumeGb, deleteProtection: kept.protect, labels },
      { ...child, ...kept },
    );
    const ip = new PrimaryIp(
      `${name}-ip`,
      {
        name: label,
        type: "ipv4",
        location: region,
        autoDelete: false,
        deleteProtection: kept.protect,
        labels,
      },
      { ...child, ...kept },
    );
    const firewall = new Firewall(
      `${name}-firewall`,
      {
        name: label,
        // Without a rule for it, everything may go out.
        rules: openings(args).map(({ protocol, port, sources }) => ({
          direction: "in",
          protocol,
          ...(port !== undefined && { port: `${port}` }),
          sourceIps: [...sources],
        })),
        labels,
      },
      child,
    );
    const machine = new Server(
      name,
      {
        name: label,
        location: region,
        serverType: args.size,
        image: hetzner.image,
        sshKeys: [key.id],
        userData: cloudInit(args.sshPublicKey),
        firewallIds: [firewall.id.apply(Number)],
        publicNets: [{ ipv4Enabled: true, ipv4: ip.id.apply(Number), ipv6Enabled: false }],
        keepDisk: true,
        shutdownBeforeDeletion: true,
        labels,
      },
      {
        ...child,
        ...server,
        ignoreChanges: ["image", "sshKeys", "userData"],
        // Another region is refused there, before anything happens to the server.
        dependsOn: [volume],
      },
    );
    const attached = new VolumeAttachment(
      `${name}-volume-attachment`,
      { serverId: machine.id.apply(Number), volumeId: volume.id.apply(Number) },
      // The server's end detaches it: before that, the disk would be pulled from under a running database.
      { ...child, deletedWith: machine },
    );
    this.address = ip.ipAddress;
    const contact = firstContact(
      name,
      { address: this.address, serverId: machine.id, hostKey: args.hostKey },
      { ...child, dependsOn: [attached] },
    );
    this.hostKey = contact.hostKey;
    this.ready = contact.ready;
    this.registerOutputs();
  }
}
