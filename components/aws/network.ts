import { Eip } from "@pulumi/aws/ec2/eip.js";
import { InternetGateway } from "@pulumi/aws/ec2/internetGateway.js";
import { NatGateway } from "@pulumi/aws/ec2/natGateway.js";
import { RouteTable } from "@pulumi/aws/ec2/routeTable.js";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation.js";
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import { VpcEndpoint } from "@pulumi/aws/ec2/vpcEndpoint.js";
import * as pulumi from "@pulumi/pulumi";
import type { CloudPlace } from "../../infra/contracts/kubernetes.ts";
import { kept } from "./lifetime.ts";
import { awsProvider } from "./provider.ts";
import { zonesOf } from "./zones.ts";

const everywhere = "0.0.0.0/0";

/** The stack's network, made when it is asked for first. */
export const awsNetwork = (place: CloudPlace): AwsNetwork =>
  place.once("aws-network", () => new AwsNetwork("network", place));

/**
 * A network in two or three zones. Nodes, pods, database and cache are in private subnets, without public addresses; the
 * public subnets are the load balancer's and the NAT gateway's.
 *
 * There is one NAT gateway, whose zone all others need to reach the Internet; with `highAvailability` each zone has its
 * own, which is changed in place. What goes to S3 takes neither.
 */
class AwsNetwork extends pulumi.ComponentResource {
  readonly publicSubnetIds: pulumi.Output<string>[];
  readonly privateSubnetIds: pulumi.Output<string>[];
  /** Where nodes, pods, database and cache have their addresses. */
  readonly privateRanges: readonly string[];
  readonly #vpcId: pulumi.Output<string>;

  constructor(name: string, place: CloudPlace) {
    super("testfarm:aws:Network", name);
    const { label, region, highAvailability } = place;
    const child = { parent: this, provider: awsProvider(place) };
    const zones = zonesOf(region);
    const vpc = new Vpc(
      name,
      { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true, tags: { Name: label } },
      { ...child, ...kept(place) },
    );
    const vpcId = vpc.id;
    const gateway = new InternetGateway(name, { vpcId, tags: { Name: label } }, child);
    const subnets = (kind: "public" | "private", ranges: readonly string[]) =>
      zones.map((availabilityZoneId, index) => {
        const Name = `${label}-${kind}-${availabilityZoneId}`;
        const cidrBlock = ranges[index]!;
        return new Subnet(
          `${name}-${kind}-${index}`,
          { vpcId, availabilityZoneId, cidrBlock, tags: { Name } },
          kind === "private" ? { ...child, ...kept(place) } : child,
        );
      });
    const route = (
      part: string,
      to: { gatewayId: pulumi.Input<string> } | { natGatewayId: pulumi.Input<string> },
    ) =>
      new RouteTable(
        `${name}-${part}`,
        { vpcId, routes: [{ cidrBlock: everywhere, ...to }], tags: { Name: `${label}-${part}` } },
        child,
      );
    const associate = (part: string, subnet: Subnet, table: RouteTable) =>
      new RouteTableAssociation(`${name}-${part}`, { subnetId: subnet.id, routeTableId: table.id }, child);

    const open = subnets(
      "public",
      zones.map((_, index) => `10.0.${index}.0/24`),
    );
    const outside = route("public", { gatewayId: gateway.id });
    for (const [index, subnet] of open.entries()) associate(`public-${index}`, subnet, outside);

    const exits = open.slice(0, highAvailability ? zones.length : 1).map(
      (subnet, index) =>
        new NatGateway(
          `${name}-nat-${index}`,
          {
            subnetId: subnet.id,
            allocationId: new Eip(`${name}-nat-${index}`, { domain: "vpc", tags: { Name: label } }, child).id,
            tags: { Name: `${label}-${index}` },
          },
          // It needs a way out itself.
          { ...child, dependsOn: [gateway] },
        ),
    );
    this.privateRanges = zones.map((_, index) => `10.0.${64 * (index + 1)}.0/18`);
    const closed = subnets("private", this.privateRanges);
    const tables = closed.map((subnet, index) => {
      const table = route(`private-${index}`, { natGatewayId: (exits[index] ?? exits[0]!).id });
      associate(`private-${index}`, subnet, table);
      return table;
    });
    new VpcEndpoint(
      `${name}-s3`,
      {
        vpcId,
        serviceName: `com.amazonaws.${region}.s3`,
        routeTableIds: tables.map(({ id }) => id),
        tags: { Name: `${label}-s3` },
      },
      child,
    );
    this.publicSubnetIds = open.map(({ id }) => id);
    this.privateSubnetIds = closed.map(({ id }) => id);
    this.#vpcId = vpcId;
    this.registerOutputs();
  }

  /** A security group that lets in the private subnets, where nothing else is that dials, and them at one port. */
  groupForNodes(
    name: string,
    group: { readonly name: string; readonly port: number },
    options: pulumi.CustomResourceOptions,
  ): SecurityGroup {
    const { port } = group;
    return new SecurityGroup(
      name,
      {
        name: group.name,
        description: `From nodes at port ${port}`,
        vpcId: this.#vpcId,
        ingress: [{ protocol: "tcp", fromPort: port, toPort: port, cidrBlocks: [...this.privateRanges] }],
      },
      options,
    );
  }
}
