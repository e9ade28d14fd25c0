import type { Price } from "./price.ts";

/** https://vercel.com/pricing has the current prices. */
export const vercel = {
  /** With a seat of one who deploys, 20 USD of use and 1 TB of traffic. Hobby is for what earns nothing. */
  pro: {
    usd: 20,
    source: "https://vercel.com/docs/plans/pro-plan, as https://github.com/prisma/web/pull/8295 quotes it",
    date: "2026-09-17",
    confirmed: false,
  },
} as const satisfies Record<string, Price>;
