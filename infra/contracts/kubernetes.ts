/** What the capabilities of tier `kubernetes` take and yield; the tier never asks which cloud it has got. */
import type { Input, Output, ProviderResource, Resource } from "@pulumi/pulumi";
import type { Pools, Sizes } from "../capacity/kubernetes.ts";
import type { ConfigOf } from "../config/schema.ts";
import type { Chart } from "../kubernetes/charts.ts";
import type { RegistryCredentials } from "./docker-host.ts";
import type { DnsRecord } from "./dns.ts";
import type { Bucket, Cache, Database } from "./managed.ts";

/** Where the stack is at its cloud, and what its capabilities have in common there. */
export interface CloudPlace {
  /** Beginning of every name at the cloud: `testfarm-scale`. */
  readonly label: string;
  /** By the cloud's own name: `europe-southwest1`. `""` on a cluster that is there already. */
  readonly region: string;
  /** Id of the project at Google Cloud; `""` elsewhere. */
  readonly project: string;
  /** Whether the data may go with the stack: nothing is then protected or kept. */
  readonly ephemeral: boolean;
  /** Whether database and cache survive the loss of a zone, at twice their price. */
  readonly highAvailability: boolean;
  /** What several capabilities share, such as a network: made when it is asked for first. */
  once<T>(name: string, make: () => T): T;
}

export interface ClusterArgs extends CloudPlace {
  /** Ranges from which the control plane is reached. */
  readonly adminCidrs: readonly string[];
  /** Minor version such as `1.34`. Default: the cloud's own, raised by its release channel. */
  readonly version?: string | undefined;
  /** At GKE: nodes that Google runs and bills by what pods ask for. */
  readonly autopilot: boolean;
  readonly pools: Pools;
  /** Of a cluster that is there: the context of the operator's kubeconfig. */
  readonly context?: string | undefined;
}

/** On which nodes pods run. */
export interface Scheduling {
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly {
    readonly key: string;
    readonly operator: "Equal";
    readonly value: string;
    readonly effect: "NoSchedule";
  }[];
}

/** A cluster with nodes in several zones, whose network plugin enforces NetworkPolicies. */
export interface Cluster {
  /** Of @pulumi/kubernetes; whoever uses it waits for the nodes. */
  readonly provider: ProviderResource;
  /** By which the cloud knows it. */
  readonly name: Output<string>;
  /** Where a role's pods run: `browser` has nodes of its own, where the cluster has several kinds of them. */
  readonly pools: Readonly<Record<keyof Pools, Scheduling>>;
  /** Public addresses of its own, as ranges, which no browser may reach: the control plane's. */
  readonly ownRanges: Output<readonly string[]>;
  /** For disks. `undefined`: the cluster's default. */
  readonly storageClass?: string;
  /** Of the Service through which people come: what makes the cloud give it an address that stays. */
  readonly loadBalancer: {
    readonly annotations: Readonly<Record<string, Input<string>>>;
    /** Where the cloud takes the address itself. */
    readonly ip?: Input<string>;
    /** Whether the cloud tells a name in place of an address, as AWS does. Default: an address. */
    readonly isNamed?: boolean;
  };
  /** How the operator's kubectl gets in. No secret is in it: it names a program that asks the cloud for a token. */
  readonly kubeconfig: Output<string>;
  /** Page of its workloads with their logs. */
  readonly logs: Output<string>;
}

/** The cluster and the namespace of the application in it. */
export interface KubernetesPlace extends CloudPlace {
  readonly cluster: Cluster;
  /** It is there, and what stands in it waits for it: `testfarm`. */
  readonly namespace: Output<string>;
  /** Whether one of the third-party charts is the cluster's own already. */
  has(chart: Chart): boolean;
}

/** Where a NetworkPolicy lets `api`, `worker` and `migrate` go. */
export interface Destination {
  readonly to:
    | { readonly ranges: Input<readonly Input<string>[]> }
    /** Pods, by the labels of their namespace and their own. */
    | { readonly namespace: Input<string>; readonly pods: Readonly<Record<string, Input<string>>> };
  readonly port: Input<number>;
}

interface Reached {
  /** None where it is public and on port 443, which workers may reach anyway. */
  readonly destinations: readonly Destination[];
  /** Done when it can be used. */
  readonly ready: readonly Resource[];
}

export interface KubernetesDatabaseArgs extends KubernetesPlace {
  /** Of the database's owner and of the account `app`. */
  readonly passwords: { readonly owner: Input<string>; readonly service: Input<string> };
  /** Where a database in the cluster keeps its backups and its log. */
  readonly bucket: KubernetesBucket;
  /** One that is there, for `external`: its addresses, `""` elsewhere. */
  readonly external: Readonly<Record<"url" | "directUrl" | "adminUrl", Input<string>>>;
}
export type KubernetesDatabase = Database & Reached;

export interface KubernetesCacheArgs extends KubernetesPlace {
  /** Where one may be chosen. */
  readonly password: Input<string>;
  /** One that is there, for `external`. */
  readonly external: { readonly url: Input<string>; readonly isCluster: boolean };
}
export type KubernetesCache = Cache & Reached;

export interface KubernetesBucketArgs extends KubernetesPlace {
  /** The only origin from which a browser may read it. */
  readonly origin: Input<string>;
  /** Of the pods that use it, in `namespace`: they get in by who they are where the cloud can do that. */
  readonly serviceAccounts: readonly string[];
  /** One that is there, for `external`. */
  readonly external?: ConfigOf<"kubernetes">["externalBucket"];
  /** Its key, `""` elsewhere. */
  readonly externalKey: Readonly<Record<"id" | "secret", Input<string>>>;
}
/** Its key is `""` where pods get in by who they are. */
export type KubernetesBucket = Bucket & Reached;

/** Annotation of a pod: a keyed hash of its secrets, so that pods are rolled out when one changes. */
export const secretsAnnotation = "testfarm/secrets";

/** Services of the application, in `namespace`. */
export const services = { api: "api", web: "web", browser: "browser", egress: "egress" } as const;

export interface EdgeArgs extends KubernetesPlace {
  readonly domain: string;
  /** Told to the certificate's authority. */
  readonly email?: string | undefined;
  /** A class of the cluster's own. Default: `traefik`. */
  readonly ingressClass?: string | undefined;
}

/**
 * How people reach the page and, under `/api`, the API: TLS, a cookie that keeps a visitor at one API, and streams that last
 * an hour.
 */
export interface Edge {
  /** What DNS has to say of the domain. */
  readonly records: readonly Omit<DnsRecord, "ttl">[];
  /** By these labels NetworkPolicies know the pods from which requests come; absent where they come from outside. */
  readonly from?: { readonly namespace: Input<string>; readonly pods: Readonly<Record<string, string>> };
  /** Where it says the visitor's address alone. Default: it is the last one in `X-Forwarded-For`. */
  readonly clientIpHeader?: string;
  readonly ready: readonly Resource[];
}

export interface ApplicationArgs extends KubernetesPlace {
  /** With their digests. */
  readonly images: { readonly app: string; readonly web: string };
  readonly credentials?: RegistryCredentials | undefined;
  readonly sizes: Sizes;
  /** Whether sessions run in browsers of our own. */
  readonly browser: "own" | "browserbase";
  /** What each role reads, and nothing else. */
  readonly variables: Readonly<
    Record<"migrate" | "api" | "worker" | "browser" | "egress", Readonly<Record<string, Input<string>>>>
  >;
  /** Where External Secrets finds the secrets. Default: they are Secret objects of the stack. */
  readonly externalSecrets?: ExternalSecrets | undefined;
  readonly destinations: readonly Destination[];
  /** Those of them that are the database's: migrations go nowhere else. */
  readonly databaseDestinations: readonly Destination[];
  /** Whence requests come: `from` of the edge. */
  readonly edge: Edge["from"];
  /** `clientIpHeader` of the edge. */
  readonly clientIpHeader?: string | undefined;
  /** Whether the cluster has Prometheus' operator, for whose Prometheus there are figures, alerts and a dashboard. */
  readonly monitoring: boolean;
  /** By which that Prometheus chooses the objects that are for it. Default: it takes them without. */
  readonly monitoringLabels?: Readonly<Record<string, string>> | undefined;
  /** What has to be there before a pod starts. */
  readonly after: readonly Resource[];
}

/** A store that the cluster's External Secrets operator reads. */
export interface ExternalSecrets {
  readonly kind: "SecretStore" | "ClusterSecretStore";
  readonly store: string;
  /**
   * A role's secrets are one entry, a JSON object by variable: `testfarm/scale/api`. What scales by the queue has one too,
   * `scaler`: docs/kubernetes.md.
   */
  readonly prefix: string;
}

/** Access to what runs in a cluster, by the operator's kubectl. */
export interface KubernetesAccess {
  readonly kind: "kubernetes";
  /** As `cluster.kubeconfig`; `""`: the operator's own, with `context`. */
  readonly kubeconfig: string;
  readonly context: string;
  readonly namespace: string;
  /** What one-shot roles run on, with their digests. */
  readonly image: string;
}
