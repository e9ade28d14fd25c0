import * as pulumi from "@pulumi/pulumi";
import { Application } from "../../../components/kubernetes/application.ts";
import { ApplicationNamespace } from "../../../components/kubernetes/namespace.ts";
import type { ApplicationArgs } from "../../../infra/contracts/kubernetes.ts";
import { sizesFor } from "../../../infra/capacity/kubernetes.ts";
import { recordProgram, Secret } from "../../../infra/testing/index.ts";
import type {
  RecordedResource,
  Recording,
  RecordOptions,
  Response,
  Value,
} from "../../../infra/testing/index.ts";
import { placeOf } from "../kubernetes-place.ts";

export const digest = (letter: string) => `@sha256:${letter.repeat(64)}`;

export const canaries = [
  "canary-app",
  "canary-owner",
  "canary-redis",
  "canary-model",
  "canary-token",
  "canary-auth",
  "canary-registry",
  "canary-checksum-key",
];

const database = "postgres://app:canary-app@db.test:5432/testfarm?sslmode=verify-full";
const shared = { LOG_LEVEL: "info", NODE_ENV: "production" };
const stores = {
  DATABASE_URL: pulumi.secret(database),
  DATABASE_DIRECT_URL: pulumi.secret(database),
  REDIS_URL: pulumi.secret("rediss://app:canary-redis@redis.test:6380/2"),
  REDIS_CLUSTER: "",
  AWS_ACCESS_KEY_ID: "",
};

export const variables: ApplicationArgs["variables"] = {
  migrate: {
    ...shared,
    DATABASE_ADMIN_URL: pulumi.secret(
      "postgres://admin:canary-owner@db.test:5432/testfarm?sslmode=verify-full",
    ),
    DATABASE_DIRECT_URL: pulumi.secret(database),
  },
  api: { ...shared, ...stores, AUTH_SECRET: pulumi.secret("canary-auth"), PORT: "3001" },
  worker: {
    ...shared,
    ...stores,
    ANTHROPIC_API_KEY: pulumi.secret("canary-model"),
    BROWSER_TOKEN: pulumi.secret("canary-token"),
    BROWSER_URL: "http://browser:3001",
    PORT: "3001",
  },
  browser: {
    ...shared,
    BROWSER_TOKEN: pulumi.secret("canary-token"),
    EGRESS_URL: "http://egress:3001",
    PORT: "3001",
  },
  egress: { ...shared, EGRESS_ALLOW: "", PORT: "3001" },
};

export const sizes = sizesFor({ sessions: 20, sessionsPerBrowser: 1, apiReplicas: 3, browser: "own" });

const atDatabase = { to: { ranges: ["10.20.0.5/32"] }, port: 5432 };

/** @param change what a test says otherwise. */
export const applicationArgs = (change: Partial<ApplicationArgs> = {}): ApplicationArgs => ({
  ...placeOf(),
  images: { app: `ghcr.io/acme/testfarm${digest("a")}`, web: `ghcr.io/acme/testfarm-web${digest("b")}` },
  sizes,
  browser: "own",
  variables,
  databaseDestinations: [atDatabase],
  destinations: [atDatabase, { to: { namespace: "redis", pods: { app: "redis-ha-haproxy" } }, port: 6380 }],
  edge: { namespace: "traefik", pods: { "app.kubernetes.io/name": "traefik" } },
  monitoring: true,
  after: [],
  ...change,
});

/** The application in its namespace. */
export const start = (
  change: () => Partial<ApplicationArgs> = () => ({}),
  options: Partial<RecordOptions> = {},
): Promise<Recording> =>
  recordProgram(
    async () => {
      const args = applicationArgs(change());
      const { name: namespace } = new ApplicationNamespace("namespace", args);
      new Application("application", { ...args, namespace });
    },
    { respond: answer, ...options },
  );

/** What the provider of random values would make. */
const answer = ({ type }: Pick<RecordedResource, "type">): Response =>
  type === "random:index/randomPassword:RandomPassword" ? { state: { result: "canary-checksum-key" } } : {};

const kinds: Readonly<Record<string, string>> = {
  ConfigMap: "core/v1",
  DaemonSet: "apps/v1",
  Deployment: "apps/v1",
  ExternalSecret: "external-secrets.io/v1",
  Job: "batch/v1",
  Namespace: "core/v1",
  NetworkPolicy: "networking.k8s.io/v1",
  PodDisruptionBudget: "policy/v1",
  PodMonitor: "monitoring.coreos.com/v1",
  PrometheusRule: "monitoring.coreos.com/v1",
  ScaledObject: "keda.sh/v1alpha1",
  Secret: "core/v1",
  Service: "core/v1",
  ServiceAccount: "core/v1",
  TriggerAuthentication: "keda.sh/v1alpha1",
};

/** A Kubernetes object as the cluster would receive it; secrets in it are opened. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

const opened = (value: Value): unknown => {
  if (value instanceof Secret) return opened(value.reveal());
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(opened);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, opened(each)]));
};

const isObject = ({ type }: RecordedResource) => /^kubernetes:.+\/.+:/.test(type);

export const objectOf = (resource: RecordedResource): KubernetesObject =>
  opened(resource.inputs as Value) as KubernetesObject;

/** Every object, in the order of their kinds and names. */
export const objectsOf = ({ resources }: Recording): KubernetesObject[] =>
  resources
    .filter(isObject)
    .map(objectOf)
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));

export const keyOf = ({ kind, metadata }: KubernetesObject) =>
  `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;

export const resourcesOf = ({ resources }: Recording, kind: string): RecordedResource[] =>
  resources.filter(({ type }) => type === `kubernetes:${kinds[kind]}:${kind}`);

/** The only object of a kind with that name. */
export function objectNamed(recording: Recording, kind: string, name: string): KubernetesObject {
  const found = resourcesOf(recording, kind)
    .map(objectOf)
    .filter(({ metadata }) => metadata.name === name);
  if (found.length !== 1) throw new Error(`${found.length} of ${kind} ${name}`);
  return found[0]!;
}
