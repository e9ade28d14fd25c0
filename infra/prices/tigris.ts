import type { Price } from "./price.ts";

/** Of which 5 GB, 10,000 writes and 100,000 reads a month are free, and so is traffic. */
export const tigris = {
  storage: {
    usd: 0.02,
    unit: "GB",
    source:
      "https://raw.githubusercontent.com/api-evangelist/tigris-data/main/plans/tigris-data-plans-pricing.yml",
    date: "2026-06-20",
    confirmed: false,
  },
} as const satisfies Record<string, Price>;
