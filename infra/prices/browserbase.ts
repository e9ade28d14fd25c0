import type { Price } from "./price.ts";

const pricing = { source: "https://www.browserbase.com/pricing", date: "2026-09-03", confirmed: true };

/** The smallest first. More than the last one has is by agreement; the free plan has one hour a month. */
export const browserbase = [
  {
    name: "Developer",
    browsers: 25,
    hours: 100,
    price: {
      usd: 20,
      ...pricing,
      before: {
        usd: 99,
        source:
          "plan Startup from the fourth browser on, https://docs.browserbase.com/guides/concurrency-rate-limits",
        date: "2025",
      },
    },
  },
  { name: "Startup", browsers: 100, hours: 500, price: { usd: 99, ...pricing } },
] as const satisfies readonly {
  readonly name: string;
  /** At once, at most. */
  readonly browsers: number;
  /** A month, included; then 0.12 USD each with Developer. */
  readonly hours: number;
  readonly price: Price;
}[];
