import type { Price } from "./price.ts";

const plans = { source: "https://docs.railway.com/pricing/plans", date: "2026-08-21", confirmed: true };
const buckets = {
  source: "https://docs.railway.com/storage-buckets/billing",
  date: "2026-08-21",
  confirmed: true,
};

/** Of a GB of memory and of a vCPU. */
const [memoryUsd, processorUsd] = [10, 20];

/**
 * What a container uses, by the minute, in a month.
 *
 * @param memory in GB, on average.
 * @param processors in vCPU, on average.
 */
const container = (memory: number, processors: number): Price => ({
  usd: memory * memoryUsd + processors * processorUsd,
  ...plans,
});

/** https://railway.com/pricing has the current prices. */
export const railway = {
  /** With as much use as it costs. It pulls from private registries, which Hobby does not. */
  pro: { usd: 20, ...plans },
  container,
  /** Of what is on it. */
  volume: { usd: 0.15, unit: "GB", ...plans },
  bucket: { usd: 0.015, unit: "GB", ...buckets },
} as const;
