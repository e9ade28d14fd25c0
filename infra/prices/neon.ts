import type { Price } from "./price.ts";

const plans = { source: "https://neon.com/docs/introduction/plans", date: "2026-11-12", confirmed: true };

/** The plan Launch, which has no fee of its own. */
export const neon = {
  /** 0.106 USD an hour for 730 hours: a compute unit that never stops. */
  compute: { usd: 77.38, unit: "CU", ...plans },
  storage: { usd: 0.35, unit: "GB", ...plans },
} as const satisfies Record<string, Price>;
