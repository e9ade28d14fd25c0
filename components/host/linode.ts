// By file: less to load than the package's index.
import { Firewall } from "@pulumi/linode/firewall.js";
import { Instance } from "@pulumi/linode/instance.js";
import { NetworkingIp } from "@pulumi/linode/networkingIp.js";
import { Volume } from "@pulumi/linode/volume.js";
import * as pulumi from "@pulumi/pulumi";
import {
  type Host,
  type HostArgs,
  hostLayout,
  isIpv6,
  lifetimes,
  openings,
} from "../../infra/contracts/host.ts";
import { linode } from "../../infra/hosts/linode.ts";
import { cloudInit } from "./prepare/cloud-init.ts";
import { firstContact } from "./prepare/ready.ts";

/**
 * A Linode with a reserved IPv4 address, a volume and a firewall that holds from its first start. The public key is part
 * of the server: an SSH key of the account would reach no server by itself. Reserved addresses are not open to every
 * account yet (documentation of `NetworkingIp`).
 *
 * `size` and a larger `volumeGb` are changed in place: the server moves while it runs, restarts, and its disk stays as it
 * was, so that it can become smaller again. `region` is refused by the address, which is protected and would be replaced.
 * A changed public key or a new cloud-init reaches a new server only, which `rebuild` makes. What replaces what is in the
 * schemas of linode/terraform-provider-linode, 6aef35f, 2026-05-14. The server is deleted as it runs: to the database
 * that is a loss of power, from which it recovers.
 *
 * The label has at most 32 characters.
 */
export class LinodeHost extends pulumi.ComponentResource implements Host {
  readonly address: pulumi.Output<string>;
  readonly user = hostLayout.user;
  readonly dataDirectory = hostLayout.dataDirectory;
  readonly hostKey: pulumi.Output<string>;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: HostArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:host:Linode", name, {}, options);
    const { label, region } = args;
    const child = { parent: this };
    const { kept, server } = lifetimes(args);
    const tags = [label];

    const ip = new NetworkingIp(
      `${name}-ip`,
      { type: "ipv4", public: true, reserved: true, region },
      // The provider itself would not see that an address cannot move.
      { ...child, ...kept, replaceOnChanges: ["region"] },
    );
    const firewall = new Firewall(
      `${name}-firewall`,
      { label, tags, inboundPolicy: "DROP", inbounds: inbounds(args), outboundPolicy: "ACCEPT" },
      child,
    );
    const instance = new Instance(
      name,
      {
        label,
        tags,
        region,
        type: args.size,
        image: linode.image,
        authorizedKeys: [args.sshPublicKey],
        metadatas: [{ userData: Buffer.from(cloudInit(args.sshPublicKey)).toString("base64") }],
        firewallId: firewall.id.apply(Number),
        ipv4s: [ip.address],
        resizeDisk: false,
        migrationType: "warm",
      },
      { ...child, ...server, ignoreChanges: ["image", "authorizedKeys", "metadatas"] },
    );
    const volume = new Volume(
      `${name}-volume`,
      { label, tags, region, size: args.volumeGb, linodeId: instance.id.apply(Number) },
      { ...child, ...kept },
    );
    this.address = ip.address;
    const contact = firstContact(
      name,
      { address: this.address, serverId: instance.id, hostKey: args.hostKey },
      { ...child, dependsOn: [volume] },
    );
    this.hostKey = contact.hostKey;
    this.ready = contact.ready;
    this.registerOutputs();
  }
}

/** An empty list is refused, so that a rule names only the versions of the protocol that it has ranges for. */
const inbounds = (args: HostArgs) =>
  openings(args).map(({ protocol, port, sources }) => {
    const ipv4s = sources.filter((range) => !isIpv6(range));
    const ipv6s = sources.filter(isIpv6);
    return {
      label: [protocol, port].filter(Boolean).join("-"),
      action: "ACCEPT",
      protocol: protocol.toUpperCase(),
      ...(port !== undefined && { ports: `${port}` }),
      ...(ipv4s.length > 0 && { ipv4s }),
      ...(ipv6s.length > 0 && { ipv6s }),
    };
  });
