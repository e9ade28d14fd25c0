import type { Catalogue } from "./catalogue.ts";

/**
 * Names: examples in the documentation of @pulumi/linode 5.1.1, and users of GET /v4/regions and GET /v4/linode/types,
 * which need no account and say what there is; what sizes have: https://github.com/iancleary/infra
 * (`terraform/demo/terraform.tfvars`), https://github.com/FleexSecurity/fleex-docs (`docs/get-started/linode.md`).
 */
export const linode = {
  image: "linode/ubuntu24.04",
  regions: [
    "ap-south",
    "ap-northeast",
    "ap-southeast",
    "ap-west",
    "ca-central",
    "de-fra-2",
    "es-mad",
    "eu-central",
    "eu-west",
    "fr-par",
    "gb-lon",
    "it-mil",
    "nl-ams",
    "se-sto",
    "sg-sin-2",
    "us-east",
    "us-lax",
    "us-mia",
    "us-ord",
    "us-sea",
  ],
  near: { madrid: "es-mad", frankfurt: "eu-central", "new-york": "us-east", singapore: "ap-south" },
  sizes: {
    "g6-nanode-1": { vcpus: 1, memoryGb: 1 },
    "g6-standard-1": { vcpus: 1, memoryGb: 2 },
    "g6-standard-2": { vcpus: 2, memoryGb: 4 },
    "g6-standard-4": { vcpus: 4, memoryGb: 8 },
    "g6-standard-6": { vcpus: 6, memoryGb: 16 },
    "g6-standard-8": { vcpus: 8, memoryGb: 32 },
  },
  neutral: { small: ["g6-standard-2"], medium: ["g6-standard-4"], large: ["g6-standard-6"] },
} as const satisfies Catalogue;
