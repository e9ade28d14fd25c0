// By file: less to load than the package's index.
import { BlockStorage } from "@ediri/vultr/blockStorage.js";
import { FirewallGroup } from "@ediri/vultr/firewallGroup.js";
import { FirewallRule } from "@ediri/vultr/firewallRule.js";
import { Instance } from "@ediri/vultr/instance.js";
import { ReservedIp } from "@ediri/vultr/reservedIp.js";
import { SSHKey } from "@ediri/vultr/sshkey.js";
import * as pulumi from "@pulumi/pulumi";
import {
  everywhere,
  type Host,
  type HostArgs,
  hostLayout,
  isIpv6,
  lifetimes,
  openings,
} from "../../infra/contracts/host.ts";
import { vultr } from "../../infra/hosts/vultr.ts";
import { cloudInit } from "./prepare/cloud-init.ts";
import { firstContact } from "./prepare/ready.ts";

/**
 * An instance with a reserved IPv4 address as its main one, a block storage and a firewall that holds from its first start.
 *
 * A larger `size` or `volumeGb` is changed in place; the provider makes no server smaller, and its disk grows with it
 * (https://docs.vultr.com/products/compute/optimized-cloud-compute/management/resize-instance, 2026-05-26).
 * `region` replaces everything, which the protection refuses. A changed public key or a new cloud-init reaches a new
 * server only, which `rebuild` makes. What replaces what is in the schemas of vultr/terraform-provider-vultr, f670e5b,
 * 2026-07-21. The server is deleted as it runs: to the database that is a loss of power, from which it recovers.
 */
export class VultrHost extends pulumi.ComponentResource implements Host {
  readonly address: pulumi.Output<string>;
  readonly user = hostLayout.user;
  readonly dataDirectory = hostLayout.dataDirectory;
  readonly hostKey: pulumi.Output<string>;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: HostArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:host:Vultr", name, {}, options);
    const { label, region } = args;
    const child = { parent: this };
    const { kept, server } = lifetimes(args);

    const key = new SSHKey(`${name}-key`, { name: label, sshKey: args.sshPublicKey }, child);
    const ip = new ReservedIp(`${name}-ip`, { label, region, ipType: "v4" }, { ...child, ...kept });
    const group = new FirewallGroup(`${name}-firewall`, { description: label }, child);
    const rules = firewallRules(args).map(
      ({ title, ...rule }) =>
        new FirewallRule(`${name}-firewall-${title}`, { firewallGroupId: group.id, ...rule }, child),
    );
    const instance = new Instance(
      name,
      {
        label,
        hostname: label,
        tags: [label],
        region,
        plan: args.size,
        osId: vultr.image,
        sshKeyIds: [key.id],
        // The provider encodes it.
        userData: cloudInit(args.sshPublicKey),
        firewallGroupId: group.id,
        reservedIpId: ip.id,
        activationEmail: false,
      },
      {
        ...child,
        ...server,
        ignoreChanges: ["osId", "sshKeyIds", "userData"],
        dependsOn: rules,
      },
    );
    const volume = new BlockStorage(
      `${name}-volume`,
      {
        label,
        region,
        sizeGb: args.volumeGb,
        // Not `highPerf`, as the package's documentation spells it. The other kind begins at 40 GB.
        blockType: "high_perf",
        attachedToInstance: instance.id,
        // Attached without a restart, in the middle of which cloud-init would be.
        live: true,
      },
      { ...child, ...kept },
    );
    this.address = ip.subnet;
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

/** A rule takes one range. Everything may go out: the provider's firewall looks at what comes in only. */
const firewallRules = (args: HostArgs) =>
  openings(args).flatMap(({ protocol, port, sources }) =>
    sources.map((range) => {
      const [subnet = "", bits] = range.split("/");
      const ipType = isIpv6(range) ? "v6" : "v4";
      // Two colons in a row separate the parts of a URN.
      const from = everywhere.some((each) => each === range)
        ? ipType
        : range.replaceAll(":", "_").replace("/", "-");
      return {
        title: [protocol, port, from].filter(Boolean).join("-"),
        protocol,
        ...(port !== undefined && { port: `${port}` }),
        ipType,
        subnet,
        subnetSize: Number(bits),
      };
    }),
  );
