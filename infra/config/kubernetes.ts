/** What the stack files of tier `kubernetes` may say, and what the cluster decides of it. */
import { z } from "zod";
import { clouds, machines, sessionsOn, type Cloud } from "../capacity/kubernetes.ts";
import { cities } from "../hosts/catalogue.ts";
import { chartNames } from "../kubernetes/charts.ts";
import { regions } from "../kubernetes/regions.ts";
import { cidr, common, dns, ephemeral, homeCity } from "./common.ts";
import { images } from "./managed.ts";
import type { SecretName } from "./secrets.ts";
import { name, whole } from "./values.ts";

const flag = z.boolean({ error: "must be true or false" });
const range = cidr.refine((each) => !each.endsWith("/0"), {
  error: "would open the control plane to everybody; name your own address, for example 203.0.113.7/32",
});
const context = "must be a context of your kubeconfig, as kubectl config get-contexts shows it";
const version = "must be a minor version of Kubernetes such as 1.34";
const nodes = "must say the least and the most nodes, such as min: 3 and max: 5";
const entries = "must name a store of External Secrets, such as kind: ClusterSecretStore and store: vault";
const endpoint = "must be an address such as https://s3.example.com";

const labels = "must be labels by their names, such as release: kube-prometheus-stack";
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const labelName = /^([a-z\d]([a-z\d.-]{0,251}[a-z\d])?\/)?[A-Za-z\d]([\w.-]{0,61}[A-Za-z\d])?$/;
const labelValue = /^([A-Za-z\d]([\w.-]{0,61}[A-Za-z\d])?)?$/;
const label = (pattern: RegExp) => z.string({ error: labels }).regex(pattern, { error: labels });

export const kubernetes = z.strictObject({
  tier: z.literal("kubernetes"),
  ...common,
  sessions: common.sessions.default(10),
  /** Address under which people open the page. */
  domain: common.domain.unwrap(),
  image: images,
  ephemeral,
  dns,
  /** `existing`: one that the operator's kubectl reaches, by `context`. */
  cluster: z.enum([...clouds, "existing"]).default("gke"),
  /** The city that a cloud's cluster is in or near to. Not together with `region`. Default: `homeCity`. */
  near: z.enum(cities).optional(),
  /** Region by the cloud's own name. Another one is refused once there is data. */
  region: name("must be a region by the cloud's own name, such as europe-southwest1").optional(),
  /** Project at Google Cloud that the stack is made in. */
  project: z
    .string({ error: "must be the id of a project at Google Cloud" })
    .regex(/^[a-z][a-z\d-]{4,28}[a-z\d]$/, {
      error: "must be the id of a project at Google Cloud, 6 to 30 lower-case letters, digits and hyphens",
    })
    .optional(),
  /** Of the operator's kubeconfig, for `existing`. There is no default: the current one can be another by the next `up`. */
  context: name(context).optional(),
  /** Ranges from which a cloud's control plane is reached. There is no default: only the operator knows where they sit. */
  adminCidrs: z
    .array(range, {
      error:
        "must be a list of the address ranges that may reach the control plane, for example 203.0.113.7/32",
    })
    .min(1, "needs at least one range, for example 203.0.113.7/32 for a single address")
    .optional(),
  /**
   * Minor version. Default: the cloud's own, which its release channel raises. A higher one updates the control plane and
   * then the nodes, one by one; a lower one is refused by the clouds, or changes nothing.
   */
  version: z
    .string({ error: version })
    .regex(/^1\.\d{2}$/, { error: version })
    .optional(),
  /** At GKE: nodes that Google runs and bills by what pods ask for. Another value makes the cluster anew. */
  autopilot: flag.default(false),
  /**
   * Nodes for everything but browsers. Default: 3, and one more for each of database, cache and bucket that the cluster runs
   * itself.
   */
  apiNodes: whole(1, 100).optional(),
  /** Nodes for browsers, added and removed with the sessions. */
  browserNodes: z
    .strictObject(
      { min: whole(0, 1_000), max: whole(1, 1_000) },
      { error: ({ code }) => (code === "invalid_type" ? nodes : undefined) },
    )
    .refine(({ min, max }) => min <= max, { error: nodes })
    .default({ min: 3, max: 5 }),
  apiReplicas: whole(1, 100).default(3),
  /** Sessions that one browser pod of 2 GB runs at the same time. */
  sessionsPerBrowser: whole(1, 10).default(1),
  /**
   * Whether database and cache survive the loss of a zone, at twice their price. To be said before the first `up`: not every
   * cloud's cache can be changed to it.
   */
  ha: flag.default(false),
  /** `cloud`: the cloud's managed one; `cluster`: CloudNativePG; `external`: the secrets `databaseUrl` and so on. */
  database: z.enum(["cloud", "cluster", "external"]).optional(),
  /** `cluster`: Redis with a replica and Sentinel; `external`: the secret `redisUrl`; `none`: the queue is PostgreSQL's. */
  cache: z.enum(["cloud", "cluster", "external", "none"]).optional(),
  /** Whether the `external` Redis is a Redis Cluster. */
  redisCluster: flag.default(false),
  /** `cluster`: SeaweedFS; `external`: `externalBucket`. */
  bucket: z.enum(["cloud", "cluster", "external"]).optional(),
  /** A bucket that is there, with the secrets `bucketAccessKeyId` and `bucketSecretAccessKey`. */
  externalBucket: z
    .strictObject(
      {
        bucket: name("must be the name of a bucket"),
        /** Region at AWS. Default where there is an endpoint: `us-east-1`, which other stores take. */
        region: name("must be a region at AWS, such as eu-west-1").optional(),
        /** Address of a store other than AWS. */
        endpoint: z.url({ protocol: /^https?$/, error: endpoint }).optional(),
        /** `true` for stores that take the bucket in the path. */
        forcePathStyle: flag.default(false),
      },
      {
        error: ({ code }) =>
          code === "invalid_type"
            ? "must name a bucket with its region or endpoint, such as bucket: testfarm and region: eu-west-1"
            : undefined,
      },
    )
    .refine((bucket) => bucket.region !== undefined || bucket.endpoint !== undefined, {
      error: "needs a region, for a bucket at AWS, or an endpoint, for one at another store",
    })
    .optional(),
  browser: z.enum(["own", "browserbase"]).default("own"),
  /** `gateway`: GKE's own, by the Gateway API. */
  edge: z.enum(["traefik", "gateway"]).default("traefik"),
  /** Of an ingress controller that `has` says is there. Default: `traefik`. */
  ingressClass: name("must be the name of an ingress class, as kubectl get ingressclass shows it").optional(),
  /** Software that the cluster has already, and that the stack does not install. */
  has: z.array(z.enum(chartNames), { error: "must be a list of software" }).default([]),
  /** Whether the cluster has Prometheus' operator, for whose Prometheus there are figures, alerts and a dashboard. */
  monitoring: flag.default(false),
  /** By which that Prometheus chooses monitors and rules. Default: it takes them without. */
  monitoringLabels: z.record(label(labelName), label(labelValue), { error: labels }).optional(),
  /** Where secrets are read from, in place of Secret objects that the stack makes. */
  externalSecrets: z
    .strictObject(
      {
        kind: z.enum(["SecretStore", "ClusterSecretStore"]).default("ClusterSecretStore"),
        store: name("must be the name of a store"),
        /** Beginning of the entries' names, one entry a role. Default: `testfarm/`. */
        prefix: name("must be the beginning of the entries' names").default("testfarm/"),
      },
      { error: ({ code }) => (code === "invalid_type" ? entries : undefined) },
    )
    .optional(),
});

type Settings = z.output<typeof kubernetes>;

/** What a parsed configuration says besides, once the cluster has decided. */
export interface Resolved {
  /** By the cloud's own name; `""` for a cluster that is there. */
  readonly region: string;
  readonly database: NonNullable<Settings["database"]>;
  readonly cache: NonNullable<Settings["cache"]>;
  readonly bucket: NonNullable<Settings["bucket"]>;
  readonly apiNodes: number;
}

/** What a cloud's own service is offered for, beside its cluster. */
const managed: Readonly<Record<Settings["cluster"], readonly ("database" | "cache" | "bucket")[]>> = {
  gke: ["database", "cache", "bucket"],
  eks: ["database", "cache", "bucket"],
  // Azure's store has no S3 API.
  aks: ["database", "cache"],
  doks: [],
  existing: [],
};

/** Settings that are of use to some clusters only. */
const only: readonly (readonly [keyof Settings, readonly Settings["cluster"][]])[] = [
  ["near", clouds],
  ["region", clouds],
  ["adminCidrs", clouds],
  ["version", clouds],
  ["apiNodes", clouds],
  ["browserNodes", clouds],
  ["project", ["gke"]],
  ["autopilot", ["gke"]],
  ["context", ["existing"]],
];

/** Secrets of what is `external`. */
const external = {
  database: ["databaseUrl", "databaseAdminUrl"],
  cache: ["redisUrl"],
  bucket: ["bucketAccessKeyId", "bucketSecretAccessKey"],
} as const satisfies Readonly<Record<string, readonly SecretName[]>>;

/** Region and stores by their own names; what is missing for them, and what is too much, is reported. */
export function resolve(
  config: Settings,
  given: readonly string[],
  report: (name: string, message: string) => void,
): Resolved {
  const { cluster } = config;
  for (const [setting, allowed] of only)
    if (given.includes(setting) && !allowed.includes(cluster))
      report(setting, `is of use only to cluster ${allowed.join(", ")}, not to ${cluster}; remove it`);
  const offers = managed[cluster];
  const choose = <T extends string>(kind: "database" | "cache" | "bucket", chosen: T | undefined): T => {
    if (chosen === "cloud" && !offers.includes(kind))
      report(kind, `"cloud" is not offered with cluster ${cluster}; use cluster or external`);
    const decided = chosen ?? (offers.includes(kind) ? "cloud" : "cluster");
    for (const secret of external[kind])
      if (decided === "external" && !given.includes(secret))
        report(
          secret,
          `missing; testfarm:${kind} is external: pulumi config set --secret testfarm:${secret}`,
        );
      else if (decided !== "external" && given.includes(secret))
        report(secret, `is of use only to ${kind}: external; set testfarm:${kind} to it, or remove this`);
    return decided as T;
  };
  const stores = {
    database: choose("database", config.database),
    cache: choose("cache", config.cache),
    bucket: choose("bucket", config.bucket),
  };
  const inside = Object.values(stores).filter((store) => store === "cluster").length;
  const resolved = {
    ...stores,
    apiNodes: config.apiNodes ?? 3 + inside,
    region: cluster === "existing" ? "" : regionOf(cluster, config, report),
  };
  if (cluster === "existing" && config.context === undefined) report("context", `missing; it ${context}`);
  refuseUnfit(config, resolved, given, report);
  return resolved;
}

function regionOf(
  cluster: Cloud,
  { near, region, adminCidrs, project }: Settings,
  report: (name: string, message: string) => void,
): string {
  if (near !== undefined && region !== undefined)
    report("near", `"${near}" is one place and testfarm:region another; remove one of the two`);
  if (adminCidrs === undefined)
    report(
      "adminCidrs",
      "missing; it must be a list of the address ranges that may reach the control plane, for example 203.0.113.7/32",
    );
  if (cluster === "gke" && project === undefined)
    report(
      "project",
      "missing; it must be the id of a project at Google Cloud, as gcloud projects list shows it",
    );
  return region ?? regions[cluster][near ?? homeCity];
}

/** What does not go together. */
function refuseUnfit(
  config: Settings,
  { cache, bucket, database }: Resolved,
  given: readonly string[],
  report: (name: string, message: string) => void,
): void {
  const { cluster, browser, autopilot, edge, sessions, browserNodes, sessionsPerBrowser } = config;
  if (config.redisCluster && cache !== "external")
    report("redisCluster", "is of use only to cache: external; set testfarm:cache to it, or remove this");
  if ((config.externalBucket === undefined) === (bucket === "external"))
    report(
      "externalBucket",
      bucket === "external"
        ? "missing; testfarm:bucket is external; name it with its region or endpoint"
        : "is of use only to bucket: external; set testfarm:bucket to it, or remove this",
    );
  if (cluster === "eks" && database === "cluster" && bucket === "cloud")
    report(
      "bucket",
      "has no key at EKS, which a database in the cluster needs for its backups; set testfarm:bucket to cluster or external",
    );
  if (config.monitoringLabels !== undefined && !config.monitoring)
    report(
      "monitoringLabels",
      "is of use only to monitoring: true; set testfarm:monitoring to it, or remove this",
    );
  if (edge === "gateway" && cluster !== "gke")
    report("edge", `"gateway" is not offered with cluster ${cluster}; use traefik`);
  if (browser === "browserbase" && config.browserbaseProjectId === undefined)
    report("browserbaseProjectId", "missing; testfarm:browser is browserbase; give it the id of a project");
  if (browser === "own" && given.includes("browserbaseProjectId"))
    report(
      "browserbaseProjectId",
      "is of use only to browser: browserbase; set testfarm:browser to it, or remove this",
    );
  if (autopilot && browser === "own")
    report("autopilot", "takes no pod that Chromium's sandbox needs; set testfarm:browser to browserbase");
  if (browser === "browserbase" || cluster === "existing") return;
  const room = sessionsOn(browserNodes.max, sessionsPerBrowser);
  if (sessions > room)
    report(
      "sessions",
      `${sessions} is more than fits: ${browserNodes.max} nodes ${machines[cluster].browser} have room for ${room}; lower it, or raise testfarm:browserNodes or testfarm:sessionsPerBrowser`,
    );
}
