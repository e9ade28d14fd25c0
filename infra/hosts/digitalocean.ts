import type { Catalogue } from "./catalogue.ts";

/** Sizes and regions: the enums `DropletSlug` and `Region` of @pulumi/digitalocean 4.80.1; a size's name tells what it has. */
export const digitalocean = {
  image: "ubuntu-24-04-x64",
  // Without ams2, nyc2 and sfo1, which the provider's API does not list for new servers:
  // https://www.digitalocean.com/community/questions/regions-endpoint-api-v2-doesn-t-return-all-regions-availablr
  regions: ["ams3", "blr1", "fra1", "lon1", "nyc1", "nyc3", "sfo2", "sfo3", "sgp1", "syd1", "tor1"],
  near: { madrid: "fra1", frankfurt: "fra1", "new-york": "nyc3", singapore: "sgp1" },
  sizes: {
    "s-1vcpu-1gb": { vcpus: 1, memoryGb: 1 },
    "s-1vcpu-2gb": { vcpus: 1, memoryGb: 2 },
    "s-2vcpu-2gb": { vcpus: 2, memoryGb: 2 },
    "s-2vcpu-4gb": { vcpus: 2, memoryGb: 4 },
    "s-2vcpu-4gb-amd": { vcpus: 2, memoryGb: 4 },
    "s-2vcpu-4gb-intel": { vcpus: 2, memoryGb: 4 },
    "s-4vcpu-8gb": { vcpus: 4, memoryGb: 8 },
    "s-4vcpu-8gb-amd": { vcpus: 4, memoryGb: 8 },
    "s-4vcpu-8gb-intel": { vcpus: 4, memoryGb: 8 },
    "s-8vcpu-16gb": { vcpus: 8, memoryGb: 16 },
    "s-8vcpu-16gb-amd": { vcpus: 8, memoryGb: 16 },
    "s-8vcpu-16gb-intel": { vcpus: 8, memoryGb: 16 },
    "g-2vcpu-8gb": { vcpus: 2, memoryGb: 8 },
    "g-4vcpu-16gb": { vcpus: 4, memoryGb: 16 },
    "g-8vcpu-32gb": { vcpus: 8, memoryGb: 32 },
    "m6-32vcpu-256gb": { vcpus: 32, memoryGb: 256 },
  },
  neutral: { small: ["s-2vcpu-4gb"], medium: ["s-4vcpu-8gb"], large: ["s-8vcpu-16gb"] },
} as const satisfies Catalogue;
