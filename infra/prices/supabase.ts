import { type Price, pricesFrom } from "./price.ts";

const docs = {
  source: "https://supabase.com/docs/guides/platform/manage-your-usage/compute",
  date: "2026",
  confirmed: true,
};

/** https://supabase.com/pricing has the current prices. */
export const supabase = {
  /** Of an organization, with 8 GB of disk for each project. */
  pro: { usd: 25, ...docs },
  /** What Pro takes off the compute of all its projects together. */
  credit: { usd: 10, ...docs },
  /** Of a project, by the hour; here of a month. */
  compute: pricesFrom(docs, {
    micro: 10,
    small: 15,
    medium: 60,
    large: 110,
    xlarge: 210,
    "2xlarge": 410,
    "4xlarge": 960,
    "8xlarge": 1_870,
    "12xlarge": 2_800,
    "16xlarge": 3_730,
  }),
} as const satisfies Record<string, Price | Readonly<Record<string, Price>>>;
