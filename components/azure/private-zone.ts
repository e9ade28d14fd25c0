import { PrivateZone as Zone } from "@pulumi/azure-native/privatedns/privateZone.js";
import { VirtualNetworkLink } from "@pulumi/azure-native/privatedns/virtualNetworkLink.js";
import * as pulumi from "@pulumi/pulumi";
import type { CloudPlace } from "../../infra/contracts/kubernetes.ts";
import { azureNetwork, kept } from "./network.ts";

/** Where Azure has what is nowhere in particular. */
const location = "global";

/** Names that only the stack's own network resolves, to addresses in it. */
export class PrivateZone extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Done when the network asks it. */
  readonly ready: pulumi.Resource;

  /** @param zone such as `privatelink.redis.azure.net`; Azure's own services know theirs by that name. */
  constructor(
    name: string,
    args: { readonly zone: string; readonly place: CloudPlace },
    parent: pulumi.Resource,
  ) {
    super("testfarm:azure:PrivateZone", name, {}, { parent });
    const { zone, place } = args;
    const network = azureNetwork(place);
    const inGroup = { resourceGroupName: network.group, location };
    const child = { parent: this, ...kept(place) };
    const made = new Zone(name, { ...inGroup, privateZoneName: zone }, child);
    this.ready = new VirtualNetworkLink(
      `${name}-link`,
      {
        ...inGroup,
        privateZoneName: made.name,
        virtualNetworkLinkName: "network",
        virtualNetwork: { id: network.id },
        registrationEnabled: false,
      },
      child,
    );
    this.id = made.id;
    this.registerOutputs();
  }
}
