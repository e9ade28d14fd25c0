import { Network } from "@pulumi/gcp/compute/network.js";
import { Router } from "@pulumi/gcp/compute/router.js";
import { RouterNat } from "@pulumi/gcp/compute/routerNat.js";
import { Subnetwork } from "@pulumi/gcp/compute/subnetwork.js";
import * as pulumi from "@pulumi/pulumi";
import type { CloudPlace } from "../../infra/contracts/kubernetes.ts";
import { kept } from "./lifetime.ts";
import { googleCloud } from "./provider.ts";

/** Names of the ranges of pods and Services in the nodes' subnetwork. */
export const rangeNames = { pods: "pods", services: "services" } as const;

/**
 * Room for 4,092 nodes, and for the 110 pods each of 1,024 of them: GKE gives every node a /24
 * (https://docs.cloud.google.com/kubernetes-engine/docs/concepts/alias-ips). All are private ranges, which no browser reaches.
 */
const ranges = { nodes: "10.0.0.0/20", pods: "10.4.0.0/14", services: "10.8.0.0/20" } as const;

/**
 * The stack's own network, without a way in. Nodes have no public address: they get out by Cloud NAT, and to Google's own
 * services without it. A change of region replaces it, which the protection refuses.
 */
export class GcpNetwork extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Where nodes are. */
  readonly subnetwork: pulumi.Output<string>;
  /** Done when nodes reach what is outside. */
  readonly ready: pulumi.Resource;

  constructor(name: string, place: CloudPlace, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:gcp:Network", name, {}, options);
    const { label } = place;
    const child = { parent: this, provider: googleCloud(place) };
    const network = new Network(
      name,
      { name: label, autoCreateSubnetworks: false },
      { ...child, ...kept(place) },
    );
    const subnetwork = new Subnetwork(
      `${name}-nodes`,
      {
        name: label,
        network: network.id,
        ipCidrRange: ranges.nodes,
        secondaryIpRanges: [
          { rangeName: rangeNames.pods, ipCidrRange: ranges.pods },
          { rangeName: rangeNames.services, ipCidrRange: ranges.services },
        ],
        privateIpGoogleAccess: true,
      },
      { ...child, ...kept(place) },
    );
    const router = new Router(`${name}-router`, { name: label, network: network.id }, child);
    this.ready = new RouterNat(
      `${name}-nat`,
      {
        name: label,
        router: router.name,
        natIpAllocateOption: "AUTO_ONLY",
        sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
        subnetworks: [{ name: subnetwork.id, sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
        // A browser opens more than the 64 connections to one address that each node has otherwise.
        enableDynamicPortAllocation: true,
        enableEndpointIndependentMapping: false,
        minPortsPerVm: 64,
        maxPortsPerVm: 4096,
        logConfig: { enable: true, filter: "ERRORS_ONLY" },
      },
      child,
    );
    this.id = network.id;
    this.subnetwork = subnetwork.id;
    this.registerOutputs();
  }
}

export const networkOf = (place: CloudPlace): GcpNetwork =>
  place.once("gcp-network", () => new GcpNetwork("network", place));
