/** Where services and volumes can be (https://docs.railway.com/deployments/regions, 2026-08-21). */
export const regions = [
  "us-west2",
  "us-east4-eqdc4a",
  "europe-west4-drams3a",
  "asia-southeast1-eqsg3a",
] as const;
export type Region = (typeof regions)[number];
