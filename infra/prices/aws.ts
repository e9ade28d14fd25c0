import { type Price, pricesFrom } from "./price.ts";

/** A month, as AWS's own calculator counts it. */
const hours = 730;
const monthly = <Name extends string>(
  about: Omit<Price, "usd">,
  hourly: Readonly<Record<Name, number>>,
): Readonly<Record<Name, Price>> =>
  pricesFrom(
    about,
    Object.fromEntries(Object.entries<number>(hourly).map(([name, usd]) => [name, usd * hours])) as Readonly<
      Record<Name, number>
    >,
  );

/** AWS's price list, as AWS's own Karpenter has it. */
const machines = {
  source:
    "https://github.com/aws/karpenter-provider-aws/blob/031e72b/pkg/providers/pricing/zz_generated.pricing_aws.go",
  date: "2026-01-19",
  confirmed: true,
};
const { controlPlane } = monthly(
  {
    source:
      "https://aws.amazon.com/blogs/containers/amazon-eks-extended-support-for-kubernetes-versions-pricing/",
    date: "2024-04",
    confirmed: true,
  },
  { controlPlane: 0.1 },
);
const { natGateway, address } = monthly(
  { source: "https://cloudburn.io/blog/aws-nat-gateway-pricing", date: "2026-02-24", confirmed: false },
  { natGateway: 0.045, address: 0.005 },
);
const { loadBalancer } = monthly(
  {
    source: "https://awsnegotiations.com/elastic-load-balancer-cost.html",
    date: "2026-05",
    confirmed: false,
  },
  { loadBalancer: 0.0225 },
);
const rds = {
  source: "https://infratally.com/articles/aws-rds-pricing-explained-2026.html",
  date: "2026",
  confirmed: false,
};
const rdsDisk = {
  source: "https://www.usage.ai/blogs/aws/reserved-instances/rds/pricing-calculator/",
  date: "2026-06",
  confirmed: false,
};
/** A fifth less than a node with Redis, which is 0.016 an hour. */
const valkey = {
  source: "https://aws.amazon.com/about-aws/whats-new/2024/10/amazon-elasticache-valkey/",
  date: "2024-10",
  confirmed: false,
};

/** Prices in `region`, where AWS is cheapest; what it asks for elsewhere was not to be had. */
export const aws = {
  region: "us-east-1",
  controlPlane,
  machines: monthly(machines, { "t3.medium": 0.0416, "t3.large": 0.0832 }),
  /** Of a disk, gp3. */
  disk: {
    usd: 0.08,
    unit: "GB",
    source:
      "https://menuvis1-blip.github.io/autonomous-researcher/aws/architecture/storage/2026/02/24/amazon-ebs.html",
    date: "2026-02-24",
    confirmed: false,
  },
  natGateway,
  /** Public, whatever it is for. */
  address,
  /** Without its units of capacity, of which an hour of one is 0.006. */
  loadBalancer,
  databases: monthly(rds, { "db.t4g.medium": 0.065 }),
  databaseDisk: { usd: 0.115, unit: "GB", ...rdsDisk },
  caches: monthly(valkey, { "cache.t4g.micro": 0.0128 }),
  bucket: {
    usd: 0.023,
    unit: "GB",
    source: "https://www.usage.ai/blogs/aws/storage-cost/s3/cost-calculator/",
    date: "2026-06",
    confirmed: false,
  },
  /** Each of its first two rotations, one a year, costs as much again. */
  key: { usd: 1, source: "https://aws.amazon.com/kms/pricing/", date: "2026", confirmed: true },
  /** Of logs that come in. */
  logs: {
    usd: 0.5,
    unit: "GB",
    source: "https://c3x.dev/blog/cloudwatch-logs-cost-optimization",
    date: "2026-06",
    confirmed: false,
  },
} as const;
