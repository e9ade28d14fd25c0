import type { HostPrices } from "./price.ts";

const change2022 = {
  source: "https://gist.github.com/colinwilson/cd31bde012f6727b24b2fc4ebee749c0",
  date: "2022",
  confirmed: false,
};

/** https://www.digitalocean.com/pricing has the current ones. */
export const digitalocean: HostPrices = {
  servers: {
    "s-1vcpu-1gb": { usd: 6, ...change2022 },
    "s-1vcpu-2gb": { usd: 12, ...change2022 },
    "s-2vcpu-2gb": { usd: 18, ...change2022 },
    "s-2vcpu-4gb": {
      usd: 24,
      source: "the product owner's own table: a 24 USD server",
      date: "2026-11",
      confirmed: true,
    },
    "s-4vcpu-8gb": { usd: 48, ...change2022 },
    "s-8vcpu-16gb": { usd: 96, ...change2022 },
  },
  volume: { usd: 0.1, unit: "GB", source: "secondary pages", date: "2026-11", confirmed: false },
};

/** Kubernetes has no fee of its own; nodes cost what servers do. */
export const doks = {
  /** Of the control plane. */
  highAvailability: {
    usd: 40,
    source: "https://docs.digitalocean.com/products/kubernetes/details/pricing/",
    date: "2026",
    confirmed: true,
  },
  loadBalancer: { usd: 12, source: "secondary pages", date: "2026-11", confirmed: false },
} as const;
