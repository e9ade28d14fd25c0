import type { Price } from "./price.ts";

/** A month has 730 hours (https://cloud.google.com/compute/docs/billing-questions). */
const hours = 730;

/** Read of Google's price API by others, who publish what it has said. */
const machines = {
  source: "https://github.com/doitintl/gcpinstances.info (public/data/pricing.json)",
  date: "2026-08-16",
  confirmed: false,
};
const databases = {
  source: "https://github.com/doitintl/gcpinstances.info (public/data/cloudsql-pricing.json)",
  date: "2026-07-18",
  confirmed: false,
};
const caches = {
  source: "https://github.com/doitintl/gcpinstances.info (public/data/memorystore-pricing.json)",
  date: "2026-04-27",
  confirmed: false,
};
const disks = {
  source: "https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator (pricing.yml)",
  date: "2025-03-06",
  confirmed: false,
};
const clusters = {
  source: "https://cloud.google.com/kubernetes-engine/pricing",
  date: "2026",
  confirmed: false,
};
const gateways = { source: "https://cloud.google.com/nat/pricing", date: "2026-10-16", confirmed: true };
const balancers = {
  source: "https://cloud.google.com/load-balancing/pricing",
  date: "2026-09-20",
  confirmed: true,
};

interface Region {
  /** An hour of a quarter of an E2 processor with 1 GB: an e2-micro. Larger machines are so many of it. */
  readonly e2: number;
  /** An hour of 1 processor with 3.75 GB at Cloud SQL: in one zone, and in two. */
  readonly sql: readonly [zonal: number, regional: number];
  /** An hour of 1 GB at Memorystore for Redis, of which there are 1 to 4: without a replica, and with one. */
  readonly redis: readonly [basic: number, standard: number];
  /** A month of 1 GB of a balanced disk. */
  readonly disk: number;
  /** A month of 1 GB in a bucket. */
  readonly bucket: number;
}

const regions: Readonly<Record<string, Region>> = {
  "asia-southeast1": { e2: 0.010333, sql: [0.0946, 0.1891], redis: [0.065, 0.114], disk: 0.11, bucket: 0.02 },
  "europe-southwest1": {
    e2: 0.009885,
    sql: [0.0811, 0.1621],
    redis: [0.059, 0.077],
    disk: 0.12,
    bucket: 0.023,
  },
  "europe-west3": { e2: 0.010792, sql: [0.0811, 0.1621], redis: [0.053, 0.09], disk: 0.12, bucket: 0.023 },
  "us-central1": { e2: 0.008376, sql: [0.0676, 0.1351], redis: [0.049, 0.064], disk: 0.1, bucket: 0.02 },
  "us-east4": { e2: 0.009434, sql: [0.0723, 0.1446], redis: [0.049, 0.064], disk: 0.11, bucket: 0.023 },
};

/** How many e2-micro a machine costs: `scripts/fill-shared-e2-pricing.mjs` of the source, and its list. */
const e2Machines: Readonly<Record<string, number>> = {
  "e2-micro": 1,
  "e2-small": 2,
  "e2-medium": 4,
  "e2-standard-2": 8,
  "e2-standard-4": 16,
  "e2-standard-8": 32,
};

/**
 * A month of a gigabyte on Cloud SQL's SSD in Iowa. Elsewhere it is dearer by as much as processors are: 0.204 in London and 0.187
 * in Montreal, where those are 1.2 and 1.1 times Iowa's.
 */
const sqlDiskInIowa = 0.17;
const sqlInIowa = 0.0676;

const found = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** What a region asks for, from the regions of `infra/kubernetes/regions.ts` and Iowa. @returns `undefined` for others. */
function gcpIn(region: string) {
  const prices = found(regions, region);
  if (!prices) return undefined;
  const { e2, sql, redis, disk, bucket } = prices;
  return {
    /** @returns `undefined` for a machine that is not on the list. */
    machine(type: string): Price | undefined {
      const size = found(e2Machines, type);
      return size === undefined ? undefined : { usd: size * e2 * hours, ...machines };
    },
    /** Of 1 processor with 3.75 GB. */
    sql: (isRegional: boolean): Price => ({ usd: sql[isRegional ? 1 : 0] * hours, ...databases }),
    sqlDisk: (isRegional: boolean): Price => ({
      usd: sqlDiskInIowa * (sql[isRegional ? 1 : 0] / sqlInIowa),
      unit: "GB",
      ...databases,
    }),
    redis: (hasReplica: boolean): Price => ({
      usd: redis[hasReplica ? 1 : 0] * hours,
      unit: "GB",
      ...caches,
    }),
    disk: { usd: disk, unit: "GB", ...disks },
    bucket: { usd: bucket, unit: "GB", ...disks },
  } as const;
}

/** The same everywhere. */
export const gcp = {
  in: gcpIn,
  /**
   * A cluster's control plane. Google gives 74.40 USD a month back to every billing account, for clusters in one zone and on
   * Autopilot only.
   */
  cluster: { usd: 0.1 * hours, ...clusters },
  /** Cloud NAT, of a node that uses it. */
  natNode: { usd: 0.0014 * hours, ...gateways },
  natAddress: { usd: 0.005 * hours, ...gateways },
  /** The first five rules of a project, by which a load balancer takes one address. */
  loadBalancer: { usd: 0.025 * hours, ...balancers },
} as const;
