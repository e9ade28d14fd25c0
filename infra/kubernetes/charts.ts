/** Third-party software in a cluster: Helm charts by exact version. */
interface HelmChart {
  readonly repository: string;
  readonly chart: string;
  readonly version: string;
}

/** From the `Chart.yaml` of the charts' own repositories, read 2026-11-26. */
export const charts = {
  traefik: { repository: "https://traefik.github.io/charts", chart: "traefik", version: "41.3.0" },
  "cert-manager": { repository: "https://charts.jetstack.io", chart: "cert-manager", version: "v1.21.0" },
  keda: { repository: "https://kedacore.github.io/charts", chart: "keda", version: "2.20.2" },
  "cloudnative-pg": {
    repository: "https://cloudnative-pg.github.io/charts",
    chart: "cloudnative-pg",
    version: "0.29.0",
  },
  /** CloudNativePG's backups to a bucket: part of it, and installed with it. */
  "plugin-barman-cloud": {
    repository: "https://cloudnative-pg.github.io/charts",
    chart: "plugin-barman-cloud",
    version: "0.7.0",
  },
  "redis-ha": {
    repository: "https://dandydeveloper.github.io/charts",
    chart: "redis-ha",
    version: "4.39.0",
  },
  seaweedfs: {
    repository: "https://seaweedfs.github.io/seaweedfs/helm",
    chart: "seaweedfs",
    version: "4.44.0",
  },
} as const satisfies Readonly<Record<string, HelmChart>>;
export type Chart = keyof typeof charts;

/** Those that a cluster may have already. The others hold data of this stack: what is there already is `external`. */
export const chartNames = [
  "traefik",
  "cert-manager",
  "keda",
  "cloudnative-pg",
] as const satisfies readonly Chart[];
