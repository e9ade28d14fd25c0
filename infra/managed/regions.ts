/** Where the companies of the managed tiers put what is to be in a city: there, or in the nearest place that they have. */
import type { City } from "../hosts/catalogue.ts";

/** By company; where its database is offered in fewer regions than its machines, by service. */
export const regions = {
  /** components/provider/vendors/fly/regions.ts; Madrid was closed in October 2025. */
  fly: { madrid: "fra", frankfurt: "fra", "new-york": "ewr", singapore: "sin" },
  flyPostgres: { madrid: "fra", frankfurt: "fra", "new-york": "iad", singapore: "sin" },
  neon: {
    madrid: "aws-eu-central-1",
    frankfurt: "aws-eu-central-1",
    "new-york": "aws-us-east-1",
    singapore: "aws-ap-southeast-1",
  },
  /** Hints for a bucket: https://developers.cloudflare.com/r2/reference/data-location/ */
  r2: { madrid: "weur", frankfurt: "weur", "new-york": "enam", singapore: "apac" },
  railway: {
    madrid: "europe-west4-drams3a",
    frankfurt: "europe-west4-drams3a",
    "new-york": "us-east4-eqdc4a",
    singapore: "asia-southeast1-eqsg3a",
  },
  /** Buckets have regions of their own: https://docs.railway.com/cli/bucket, 2026-08-21. */
  railwayBucket: { madrid: "ams", frankfurt: "ams", "new-york": "iad", singapore: "sin" },
  render: { madrid: "frankfurt", frankfurt: "frankfurt", "new-york": "virginia", singapore: "singapore" },
  supabase: {
    madrid: "eu-central-1",
    frankfurt: "eu-central-1",
    "new-york": "us-east-1",
    singapore: "ap-southeast-1",
  },
  upstash: {
    madrid: "eu-central-1",
    frankfurt: "eu-central-1",
    "new-york": "us-east-1",
    singapore: "ap-southeast-1",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<City, string>>>>;
