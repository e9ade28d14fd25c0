import { beforeAll, expect, test } from "vitest";
import { networkOf } from "../../../components/gcp/network.ts";
import { privateServicesOf } from "../../../components/gcp/private-services.ts";
import { recordProgram, resourceOf, type Recording } from "../../../infra/testing/index.ts";
import { placeOf } from "../kubernetes-place.ts";
import { respond } from "./answers.ts";

let recording: Recording;
beforeAll(async () => {
  recording = await recordProgram(
    async () => {
      const place = placeOf();
      privateServicesOf(place);
      privateServicesOf(place);
      networkOf(place);
    },
    { respond },
  );
});

test("a stack has one network and one way to Google's databases, by one provider of its project and region", () => {
  const { inputs } = resourceOf(recording, "pulumi:providers:gcp");
  expect(inputs).toMatchObject({ project: "farm-project", region: "europe-southwest1" });
  const made = recording.resources.filter(({ type }) => type.startsWith("gcp:"));
  expect(made.map(({ type }) => type).toSorted()).toEqual([
    "gcp:compute/globalAddress:GlobalAddress",
    "gcp:compute/network:Network",
    "gcp:compute/router:Router",
    "gcp:compute/routerNat:RouterNat",
    "gcp:compute/subnetwork:Subnetwork",
    "gcp:servicenetworking/connection:Connection",
  ]);
  for (const { provider } of made) expect(provider).toBe("pulumi:providers:gcp::gcp");
});

test("the network has one subnetwork, with ranges for nodes, pods and Services that do not overlap", () => {
  expect(resourceOf(recording, "gcp:compute/network:Network").inputs).toEqual({
    name: "testfarm-test",
    autoCreateSubnetworks: false,
  });
  expect(resourceOf(recording, "gcp:compute/subnetwork:Subnetwork").inputs).toEqual({
    name: "testfarm-test",
    network: "network-id",
    ipCidrRange: "10.0.0.0/20",
    secondaryIpRanges: [
      { rangeName: "pods", ipCidrRange: "10.4.0.0/14" },
      { rangeName: "services", ipCidrRange: "10.8.0.0/20" },
    ],
    privateIpGoogleAccess: true,
  });
});

test("nodes get out by Cloud NAT, with connections enough for browsers", () => {
  expect(resourceOf(recording, "gcp:compute/routerNat:RouterNat").inputs).toMatchObject({
    router: "testfarm-test",
    natIpAllocateOption: "AUTO_ONLY",
    sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
    subnetworks: [{ name: "network-nodes-id", sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
    enableDynamicPortAllocation: true,
    // Google takes dynamic ports only without it.
    enableEndpointIndependentMapping: false,
    maxPortsPerVm: 4096,
  });
});

test("Google's databases get a range of their own in it", () => {
  expect(resourceOf(recording, "gcp:compute/globalAddress:GlobalAddress").inputs).toEqual({
    name: "testfarm-test-services",
    network: "network-id",
    purpose: "VPC_PEERING",
    addressType: "INTERNAL",
    prefixLength: 20,
  });
  expect(resourceOf(recording, "gcp:servicenetworking/connection:Connection").inputs).toEqual({
    network: "network-id",
    service: "servicenetworking.googleapis.com",
    reservedPeeringRanges: ["testfarm-test-services"],
  });
});
