import * as pulumi from "@pulumi/pulumi";
import { ApplicationSecrets } from "../components/application-secrets.ts";
import { kubernetesBucket } from "../components/bucket/index.ts";
import { kubernetesCache } from "../components/cache/index.ts";
import { keda } from "../components/charts/keda.ts";
import { shared } from "../components/cloud-place.ts";
import { cluster } from "../components/cluster/index.ts";
import { kubernetesDatabase } from "../components/database/index.ts";
import { edge } from "../components/edge/index.ts";
import { Application } from "../components/kubernetes/application.ts";
import { ApplicationNamespace } from "../components/kubernetes/namespace.ts";
import { machines, sizesFor } from "../infra/capacity/kubernetes.ts";
import type { ConfigOf } from "../infra/config/schema.ts";
import { ports } from "../infra/contracts/docker-host.ts";
import { type KubernetesAccess, services } from "../infra/contracts/kubernetes.ts";
import { commonEnvironment, configured, credentialsOf, noBackups } from "./environment.ts";
import { type Environment, roleVariables } from "./role-variables.ts";
import { recordsOf } from "./site.ts";

type Outputs = Environment & {
  readonly ACCESS: pulumi.Output<string>;
  /** Page of the workloads with their logs. */
  readonly LOGS: pulumi.Output<string>;
  readonly DNS_RECORDS?: pulumi.Output<string>;
};

/** Tier `kubernetes`: a cluster, what the cloud or the cluster itself keeps data in, and the application. */
export async function kubernetes(config: ConfigOf<"kubernetes">): Promise<Outputs> {
  const { image, domain, browser } = config;
  const site = `https://${domain}`;
  const sizes = sizesFor(config);
  const place = {
    label: `${pulumi.getProject()}-${pulumi.getStack()}`,
    region: config.region,
    project: config.project ?? "",
    ephemeral: config.ephemeral,
    highAvailability: config.ha,
    once: shared(),
  };
  const names = config.cluster === "existing" ? { api: "", browser: "" } : machines[config.cluster];
  const made = await cluster[config.cluster]("cluster", {
    ...place,
    adminCidrs: config.adminCidrs ?? [],
    version: config.version,
    autopilot: config.autopilot,
    context: config.context,
    pools: {
      api: { machine: names.api, count: config.apiNodes },
      browser: { machine: names.browser, ...config.browserNodes },
    },
  });
  const { name: namespace } = new ApplicationNamespace("namespace", { cluster: made });
  const inside = {
    ...place,
    cluster: made,
    namespace,
    has: (chart: (typeof config.has)[number]) => config.has.includes(chart),
  };
  const secrets = new ApplicationSecrets("secrets", config);
  /** Whose own it is, where the cloud has one. */
  const own = <Kind extends string>(kind: Kind) =>
    (kind === "cloud" ? config.cluster : kind) as Exclude<Kind, "cloud">;

  const pictures = await kubernetesBucket[own(config.bucket)]("bucket", {
    ...inside,
    origin: site,
    serviceAccounts: [services.api, "worker"],
    external: config.externalBucket,
    externalKey: {
      id: configured(config, "bucketAccessKeyId"),
      secret: configured(config, "bucketSecretAccessKey"),
    },
  });
  const [store, queue, entrance] = await Promise.all([
    kubernetesDatabase[own(config.database)]("database", {
      ...inside,
      bucket: pictures,
      passwords: { owner: secrets.databaseOwner, service: secrets.databaseService },
      external: {
        url: configured(config, "databaseUrl"),
        directUrl: configured(config, "databaseDirectUrl"),
        adminUrl: configured(config, "databaseAdminUrl"),
      },
    }),
    kubernetesCache[own(config.cache)]("cache", {
      ...inside,
      password: secrets.cache,
      external: { url: configured(config, "redisUrl"), isCluster: config.redisCluster },
    }),
    edge[config.edge]("edge", {
      ...inside,
      domain,
      email: config.ownerEmail,
      ingressClass: config.ingressClass,
    }),
  ]);

  const isOwn = browser === "own";
  const environment: Environment = {
    ...commonEnvironment(config, site, secrets, sizes.worker.concurrency),
    ...store.variables,
    ...queue.variables,
    ...pictures.variables,
    ...noBackups,
    STORAGE_DIR: "",
    BROWSER_URL: isOwn ? `http://${services.browser}:${ports.role}` : "",
    BROWSER_TOKEN: isOwn ? secrets.browserToken : "",
    EGRESS_URL: isOwn ? `http://${services.egress}:${ports.role}` : "",
    EGRESS_ALLOW: "",
  };
  new Application("application", {
    ...inside,
    ...credentialsOf(config, image),
    images: image,
    sizes,
    browser,
    variables: roleVariables(environment),
    externalSecrets: config.externalSecrets,
    destinations: [store, queue, pictures].flatMap(({ destinations }) => destinations),
    databaseDestinations: store.destinations,
    edge: entrance.from,
    clientIpHeader: entrance.clientIpHeader,
    monitoring: config.monitoring,
    monitoringLabels: config.monitoringLabels,
    after: [...keda(inside), ...[store, queue, pictures].flatMap(({ ready }) => ready)],
  });

  const { byHand } = await recordsOf(config, entrance.records);
  const access = pulumi.all([made.kubeconfig, namespace]).apply(([kubeconfig, name]): KubernetesAccess => ({
    kind: "kubernetes",
    kubeconfig,
    context: config.context ?? "",
    namespace: name,
    image: image.app,
  }));
  return {
    ...environment,
    ACCESS: pulumi.jsonStringify(access),
    LOGS: made.logs,
    ...(byHand && { DNS_RECORDS: byHand }),
  };
}
