/** Where the clouds put what is to be in a city: there, or in the nearest region that they have. */
import type { Cloud } from "../capacity/kubernetes.ts";
import type { City } from "../hosts/catalogue.ts";

/** By the clouds' own names. */
export const regions = {
  gke: {
    madrid: "europe-southwest1",
    frankfurt: "europe-west3",
    "new-york": "us-east4",
    singapore: "asia-southeast1",
  },
  eks: {
    madrid: "eu-south-2",
    frankfurt: "eu-central-1",
    "new-york": "us-east-1",
    singapore: "ap-southeast-1",
  },
  aks: {
    madrid: "spaincentral",
    frankfurt: "germanywestcentral",
    "new-york": "eastus",
    singapore: "southeastasia",
  },
  doks: { madrid: "fra1", frankfurt: "fra1", "new-york": "nyc3", singapore: "sgp1" },
} as const satisfies Readonly<Record<Cloud, Readonly<Record<City, string>>>>;
