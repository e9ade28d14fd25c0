import { GlobalAddress } from "@pulumi/gcp/compute/globalAddress.js";
import { Connection } from "@pulumi/gcp/servicenetworking/connection.js";
import * as pulumi from "@pulumi/pulumi";
import type { CloudPlace } from "../../infra/contracts/kubernetes.ts";
import { kept } from "./lifetime.ts";
import { networkOf } from "./network.ts";
import { googleCloud } from "./provider.ts";

/**
 * Private services access: Google's network with the stack's databases, seen from the stack's own
 * (https://docs.cloud.google.com/vpc/docs/private-services-access). There is one of it a network. Google keeps it for some days
 * after the last database is gone, and refuses to remove it until then.
 */
export class PrivateServices extends pulumi.ComponentResource {
  /** The network from which they are reached; it is known when the connection is there. */
  readonly network: pulumi.Output<string>;

  constructor(name: string, place: CloudPlace, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:gcp:PrivateServices", name, {}, options);
    const { label } = place;
    const child = { parent: this, provider: googleCloud(place), ...kept(place) };
    const network = networkOf(place);
    const range = new GlobalAddress(
      `${name}-range`,
      {
        name: `${label}-services`,
        network: network.id,
        purpose: "VPC_PEERING",
        addressType: "INTERNAL",
        prefixLength: 20,
      },
      child,
    );
    const connection = new Connection(
      name,
      {
        network: network.id,
        service: "servicenetworking.googleapis.com",
        reservedPeeringRanges: [range.name],
      },
      child,
    );
    this.network = connection.network;
    this.registerOutputs();
  }
}

export const privateServicesOf = (place: CloudPlace): PrivateServices =>
  place.once("gcp-private-services", () => new PrivateServices("private-services", place));
