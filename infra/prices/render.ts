import { type Price, pricesFrom } from "./price.ts";

const instances = {
  source: "https://raw.githubusercontent.com/api-evangelist/render/main/plans/render-plans-pricing.yml",
  date: "2026-05-04",
  confirmed: false,
};
/** The vendor's page itself could not be read. */
const quoted = {
  source: "https://render.com/pricing, as others quote it",
  date: "2026",
  confirmed: false,
};

/** https://render.com/pricing has the current prices. What is missing is unknown. */
export const render = {
  instances: pricesFrom(instances, {
    starter: 7,
    standard: 25,
    pro: 85,
    pro_plus: 175,
    pro_max: 225,
    pro_ultra: 450,
  }),
  postgres: pricesFrom(quoted, { basic_256mb: 6, basic_1gb: 19, basic_4gb: 75, pro_4gb: 55, pro_8gb: 100 }),
  keyValue: pricesFrom(quoted, { starter: 10, standard: 32, pro: 135 }),
  disk: { usd: 0.3, unit: "GB", ...quoted },
  /** What runs now and then: at least. */
  cronJob: { usd: 1, source: "https://render.com/docs/cronjobs", date: "2026-11-26", confirmed: true },
  /** Autoscaling needs it; without that the workspace may be on Hobby, which is free. */
  workspace: { usd: 25, ...quoted },
} as const satisfies Record<string, Price | Readonly<Record<string, Price>>>;
