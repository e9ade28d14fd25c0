import type { Catalogue } from "./catalogue.ts";

const europe = ["fsn1", "nbg1", "hel1"];
const america = ["ash", "hil"];

/**
 * Servers with x86 processors: our images are built for no other.
 *
 * Sizes: facts of https://docs.cnap.tech/compute/providers/hetzner (read November 2026) for the cx and cpx that Europe
 * has, of https://github.com/roots/trellis-cli/issues/622 (2025-12-30) for the cpx and ccx of America; ccx is in every
 * location. What a location sells changes, and a size can be sold out: GET /v1/server_types says what there is.
 */
export const hetzner = {
  image: "ubuntu-24.04",
  regions: [...europe, ...america, "sin"],
  near: { madrid: "nbg1", frankfurt: "nbg1", "new-york": "ash", singapore: "sin" },
  sizes: {
    cx23: { vcpus: 2, memoryGb: 4, regions: europe },
    cx33: { vcpus: 4, memoryGb: 8, regions: europe },
    cx43: { vcpus: 8, memoryGb: 16, regions: europe },
    cpx22: { vcpus: 2, memoryGb: 4, regions: europe },
    cpx32: { vcpus: 4, memoryGb: 8, regions: europe },
    cpx11: { vcpus: 2, memoryGb: 2, regions: america },
    cpx21: { vcpus: 3, memoryGb: 4, regions: america },
    cpx31: { vcpus: 4, memoryGb: 8, regions: america },
    cpx41: { vcpus: 8, memoryGb: 16, regions: america },
    ccx13: { vcpus: 2, memoryGb: 8 },
    ccx23: { vcpus: 4, memoryGb: 16 },
    ccx33: { vcpus: 8, memoryGb: 32 },
  },
  neutral: {
    small: ["cx23", "cpx21", "ccx13"],
    medium: ["cx33", "cpx31", "ccx23"],
    large: ["cx43", "cpx41", "ccx33"],
  },
} as const satisfies Catalogue;
