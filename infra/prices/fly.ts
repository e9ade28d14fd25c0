import { type Price, pricesFrom } from "./price.ts";

const machines = { source: "https://fly.io/docs/about/pricing/", date: "2026", confirmed: true };
const managedPostgres = { source: "https://fly.io/docs/mpg/#pricing", date: "2026-08-07", confirmed: true };

/** How much dearer than in Ashburn: snippets/RegionPricingSelector.jsx in superfly/docs. */
const markups: Readonly<Record<string, number>> = {
  ams: 1.038461538,
  arn: 1.038461538,
  bom: 1.076923077,
  cdg: 1.134615385,
  dfw: 1.25,
  ewr: 1,
  fra: 1.153846154,
  gru: 1.615384615,
  iad: 1,
  jnb: 1.302884615,
  lax: 1.199519231,
  lhr: 1.134615385,
  nrt: 1.307692308,
  ord: 1.25,
  sin: 1.269230769,
  sjc: 1.192307692,
  syd: 1.269230769,
  yyz: 1.115384615,
};

/** Of one CPU with the memory that comes with it, in GB, for 30 days in Ashburn. */
const cpus = { shared: { usd: 2.19, memory: 0.25 }, performance: { usd: 33, memory: 2 } } as const;
/** Of a GB more. */
const memoryUsd = 6;

/**
 * A machine that runs all month.
 *
 * @param size `shared-cpu-2x` or `performance-1x`.
 * @param memory in MB.
 * @returns `undefined` for a size or a region that is not on the list.
 */
function machine(size: string, memory: number, region: string): Price | undefined {
  const [, kind, count] = /^(shared|performance)(?:-cpu)?-(\d+)x$/.exec(size) ?? [];
  const markup = Object.hasOwn(markups, region) ? markups[region] : undefined;
  if (kind === undefined || markup === undefined) return undefined;
  const cpu = cpus[kind as keyof typeof cpus];
  const more = memory / 1_024 - Number(count) * cpu.memory;
  return { usd: (Number(count) * cpu.usd + more * memoryUsd) * markup, ...machines };
}

/** There is no monthly fee. Machines have become dearer since 2026-09-10, when one with 512 MB in Ashburn was 3.19. */
export const fly = {
  machine,
  postgres: pricesFrom(managedPostgres, {
    basic: 38,
    starter: 72,
    launch: 282,
    scale: 962,
    performance: 1_922,
  }),
  postgresDisk: { usd: 0.28, unit: "GB", ...managedPostgres },
} as const;
