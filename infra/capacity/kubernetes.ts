/** What runs on a cluster, how large it is, and what nodes it needs. */

/** Sessions of one worker, at most, and the processor that each asks for: what Node does beside browsers that are elsewhere. */
const sessionsPerWorker = 10;
const cpuPerSession = 25;

/** Workers that there are at all times, and may be in any case: one that is lost takes only its own part of the sessions. */
const workers = { least: 2, most: 3 };

/** In MiB; what a pod asks for is what it may have. Processors in thousandths: asked for, and at most. */
export interface Pod {
  readonly memory: number;
  readonly cpu: { readonly request: number; readonly limit: number };
}

export interface Sizes {
  readonly api: Pod & { readonly replicas: number };
  readonly web: Pod & { readonly replicas: number };
  readonly egress: Pod & { readonly replicas: number };
  readonly migrate: Pod;
  /** Scaled between `min` and `max`; each runs `concurrency` sessions at the same time. */
  readonly worker: Scaled;
  readonly browser: Scaled;
}

export interface Scaled extends Pod {
  readonly min: number;
  readonly max: number;
  readonly concurrency: number;
}

/** Groups of nodes, by the cloud's own names of machines. */
export interface Pools {
  readonly api: { readonly machine: string; readonly count: number };
  /** Tainted: only browsers run there. */
  readonly browser: { readonly machine: string; readonly min: number; readonly max: number };
}

export const clouds = ["gke", "eks", "aks", "doks"] as const;
export type Cloud = (typeof clouds)[number];

/** 2 processors and 4 GB for everything else, 2 and 8 for browsers: the product owner's table, and the nearest elsewhere. */
export const machines = {
  gke: { api: "e2-medium", browser: "e2-standard-2" },
  eks: { api: "t3.medium", browser: "t3.large" },
  aks: { api: "Standard_B2s", browser: "Standard_B2ms" },
  doks: { api: "s-2vcpu-4gb", browser: "s-4vcpu-8gb" },
} as const satisfies Readonly<Record<Cloud, Record<keyof Pools, string>>>;

const browserMemory = 2048;

/**
 * Of 8 GB some 6 are left for pods (https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes: a quarter of the
 * first 4 GB and a fifth of the next 4 are the node's own), and of those some are what runs on every node.
 */
const browsersPerNode = 2;

/** Sessions that the browsers of so many nodes run at the same time. */
export const sessionsOn = (nodes: number, sessionsPerBrowser: number): number =>
  nodes * browsersPerNode * sessionsPerBrowser;

export function sizesFor(config: {
  readonly sessions: number;
  readonly sessionsPerBrowser: number;
  readonly apiReplicas: number;
  readonly browser: "own" | "browserbase";
}): Sizes {
  const { sessions, sessionsPerBrowser, apiReplicas } = config;
  const several = Math.min(2, apiReplicas);
  const mostWorkers = Math.min(sessions, Math.max(workers.most, Math.ceil(sessions / sessionsPerWorker)));
  const concurrency = Math.ceil(sessions / mostWorkers);
  return {
    api: { replicas: apiReplicas, memory: 1024, cpu: { request: 250, limit: 1000 } },
    web: { replicas: several, memory: 64, cpu: { request: 20, limit: 500 } },
    egress: { replicas: several, memory: 128, cpu: { request: 50, limit: 1000 } },
    migrate: { memory: 512, cpu: { request: 100, limit: 1000 } },
    worker: {
      min: Math.min(workers.least, mostWorkers),
      max: mostWorkers,
      concurrency,
      memory: 512,
      cpu: { request: cpuPerSession * concurrency, limit: 1000 },
    },
    browser: {
      min: 1,
      max: Math.ceil(sessions / sessionsPerBrowser),
      concurrency: sessionsPerBrowser,
      memory: browserMemory,
      cpu: { request: 500, limit: 2000 },
    },
  };
}
