import type { Price } from "./price.ts";

/** R2, of which 10 GB, a million writes and ten million reads a month are free, and so is traffic. */
export const cloudflare = {
  storage: {
    usd: 0.015,
    unit: "GB",
    source: "https://developers.cloudflare.com/r2/pricing/",
    date: "2026",
    confirmed: true,
  },
} as const satisfies Record<string, Price>;
