// By file: the package's modules, imported as a whole, name each of their resources.
import { Subnet } from "@pulumi/azure-native/network/subnet.js";
import { VirtualNetwork } from "@pulumi/azure-native/network/virtualNetwork.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import type { CloudPlace } from "../../infra/contracts/kubernetes.ts";

/** Pods and Services have addresses of their own on top of it. */
export const ranges = {
  network: "10.240.0.0/16",
  nodes: "10.240.0.0/20",
  database: "10.240.16.0/28",
  endpoints: "10.240.16.32/28",
  pods: "10.244.0.0/16",
  services: "10.0.0.0/16",
} as const;

/** What a server of PostgreSQL takes a whole subnet for. */
const postgres = "Microsoft.DBforPostgreSQL/flexibleServers";

/** For what holds data, and for what all that goes with. */
export const kept = ({ ephemeral }: Pick<CloudPlace, "ephemeral">) => ({
  protect: !ephemeral,
  retainOnDelete: !ephemeral,
});

/**
 * The resource group that all of a stack at Azure is in, and its network: of the nodes, of the database alone, and of
 * private endpoints. All three go with the data: who deletes the group deletes everything in it.
 *
 * Another region replaces it, which the protection refuses.
 */
class AzureNetwork extends pulumi.ComponentResource {
  /** Name of the resource group. */
  readonly group: pulumi.Output<string>;
  /** `/subscriptions/<subscription>/resourceGroups/<group>` */
  readonly groupId: pulumi.Output<string>;
  readonly id: pulumi.Output<string>;
  /** By what each is for: their ids. */
  readonly subnets: Readonly<Record<"nodes" | "database" | "endpoints", pulumi.Output<string>>>;
  /** `testfarm-scale-1a2b3c`, for what has a name that nobody else at Azure may have. */
  readonly unique: pulumi.Output<string>;

  constructor(name: string, place: CloudPlace, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:azure:Network", name, {}, options);
    const { label, region: location } = place;
    const child = { parent: this, ...kept(place) };
    const group = new ResourceGroup(`${name}-group`, { resourceGroupName: label, location }, child);
    const inGroup = { resourceGroupName: group.name };
    const network = new VirtualNetwork(
      name,
      {
        ...inGroup,
        virtualNetworkName: label,
        location,
        addressSpace: { addressPrefixes: [ranges.network] },
      },
      child,
    );
    /** One after the other: a network refuses a change while another one is under way. */
    const subnet = (of: "nodes" | "database" | "endpoints", after: pulumi.Resource[], more: object = {}) =>
      new Subnet(
        `${name}-${of}`,
        {
          ...inGroup,
          virtualNetworkName: network.name,
          subnetName: of,
          addressPrefix: ranges[of],
          ...more,
        },
        { ...child, dependsOn: after },
      );
    const nodes = subnet("nodes", []);
    const database = subnet("database", [nodes], {
      delegations: [{ name: "postgres", serviceName: postgres }],
    });
    const endpoints = subnet("endpoints", [database]);
    const suffix = new RandomId(`${name}-suffix`, { byteLength: 3 }, child);

    this.group = group.name;
    this.groupId = group.id;
    this.id = network.id;
    this.subnets = { nodes: nodes.id, database: database.id, endpoints: endpoints.id };
    this.unique = pulumi.interpolate`${label}-${suffix.hex}`;
    this.registerOutputs();
  }
}

/** Of a stack: made when it is asked for first. */
export const azureNetwork = (place: CloudPlace): AzureNetwork =>
  place.once("azure-network", () => new AzureNetwork("azure", place));
