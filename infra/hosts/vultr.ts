import type { Catalogue } from "./catalogue.ts";

/**
 * Sizes: a listing of the provider's own API of 2025-12-18,
 * https://github.com/gmartindelc/mail-server-poc/blob/d095a9fc4e5dbe3ed3797e7112a5b7d771d93bc3/terraform/PLAN_IDS.md.
 * Regions are those that it and other users of the API name; GET /v2/regions says what there is.
 */
export const vultr = {
  /** `os_id` of "Ubuntu 24.04 LTS x64", as users of GET /v2/os have it. */
  image: 2284,
  // Without sao, whose sizes have names of their own.
  regions: ["ams", "atl", "dfw", "ewr", "fra", "lax", "lhr", "mad", "mia", "ord", "sea", "sgp", "sjc"],
  near: { madrid: "mad", frankfurt: "fra", "new-york": "ewr", singapore: "sgp" },
  sizes: {
    "vc2-1c-1gb": { vcpus: 1, memoryGb: 1 },
    "vc2-1c-2gb": { vcpus: 1, memoryGb: 2 },
    "vc2-2c-2gb": { vcpus: 2, memoryGb: 2 },
    "vc2-2c-4gb": { vcpus: 2, memoryGb: 4 },
    "vc2-4c-8gb": { vcpus: 4, memoryGb: 8 },
    "vc2-6c-16gb": { vcpus: 6, memoryGb: 16 },
    "vc2-8c-32gb": { vcpus: 8, memoryGb: 32 },
    "vhf-2c-4gb": { vcpus: 2, memoryGb: 4 },
    "vhf-3c-8gb": { vcpus: 3, memoryGb: 8 },
    "vhf-4c-16gb": { vcpus: 4, memoryGb: 16 },
    "voc-g-1c-4gb-30s-amd": { vcpus: 1, memoryGb: 4 },
    "vhp-2c-4gb-amd": { vcpus: 2, memoryGb: 4 },
    "vhp-4c-8gb-amd": { vcpus: 4, memoryGb: 8 },
    "vhp-8c-16gb-amd": { vcpus: 8, memoryGb: 16 },
  },
  neutral: { small: ["vc2-2c-4gb"], medium: ["vc2-4c-8gb"], large: ["vc2-6c-16gb"] },
} as const satisfies Catalogue;
