import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

const digest = `@sha256:${"0".repeat(64)}`;
export const namespace = "shop";
const labels = { app: "api" };

type Container = pulumi.Unwrap<kubernetes.types.input.core.v1.Container>;
type PodSpec = pulumi.Unwrap<kubernetes.types.input.core.v1.PodSpec>;

/** A container that no rule has anything against, but for what a test says otherwise. */
export const containerOf = (change: Partial<Container> = {}): Container => ({
  name: "api",
  image: `shop${digest}`,
  resources: { limits: { memory: "64Mi" } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
  readinessProbe: { httpGet: { port: 3000 } },
  livenessProbe: { httpGet: { port: 3000 } },
  ...change,
});

const podOf = (change: Partial<PodSpec> = {}): PodSpec => ({
  serviceAccountName: "api",
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: "RuntimeDefault" } },
  containers: [containerOf()],
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "zone",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: labels },
    },
  ],
  ...change,
});

export const deployment = (change: Partial<PodSpec> = {}, at: { namespace?: string } = { namespace }) =>
  new kubernetes.apps.v1.Deployment("api", {
    metadata: { name: "api", ...at },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podOf(change) },
    },
  });

export const several = (change: Partial<PodSpec> = {}, replicas?: number) =>
  new kubernetes.apps.v1.Deployment("api", {
    metadata: { name: "api", namespace },
    spec: {
      ...(replicas !== undefined && { replicas }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podOf(change) },
    },
  });

export const budget = (at = namespace, selected: Record<string, string> = labels) =>
  new kubernetes.policy.v1.PodDisruptionBudget("api", {
    metadata: { name: "api", namespace: at },
    spec: { maxUnavailable: 1, selector: { matchLabels: selected } },
  });

export const job = (change: Partial<PodSpec> = {}) =>
  new kubernetes.batch.v1.Job("migrate", {
    metadata: { name: "migrate", namespace },
    spec: { template: { spec: podOf(change) } },
  });

export const space = (enforced = true) =>
  new kubernetes.core.v1.Namespace("shop", {
    metadata: {
      name: namespace,
      ...(enforced && { labels: { "pod-security.kubernetes.io/enforce": "restricted" } }),
    },
  });

export const denial = (spec: object = {}) =>
  new kubernetes.networking.v1.NetworkPolicy("deny", {
    metadata: { name: "deny", namespace },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ...spec },
  });

export const role = (rule: object = {}) =>
  new kubernetes.rbac.v1.Role("role", {
    metadata: { name: "role", namespace },
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"], ...rule }],
  });
