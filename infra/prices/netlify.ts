import type { Price } from "./price.ts";

/** https://www.netlify.com/pricing/ has the current prices. */
export const netlify = {
  /** With 3,000 credits for traffic and deploys. */
  pro: {
    usd: 20,
    source: "https://raw.githubusercontent.com/api-evangelist/netlify/main/plans/netlify-plans-pricing.yml",
    date: "2026-08-27",
    confirmed: false,
  },
} as const satisfies Record<string, Price>;
