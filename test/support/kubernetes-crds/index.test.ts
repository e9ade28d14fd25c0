import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { recordProgram } from "../../../infra/testing/index.ts";
import { definitions, faultsIn, faultsOf } from "./index.ts";

const scaled = (spec: object) => ({
  apiVersion: "keda.sh/v1alpha1",
  kind: "ScaledObject",
  metadata: { name: "worker", labels: { any: "label" } },
  spec: {
    scaleTargetRef: { name: "worker" },
    triggers: [{ type: "redis", metadata: { host: "a" } }],
    ...spec,
  },
});

test("an object as its project defines it has no fault", () => {
  expect(faultsOf(scaled({ minReplicaCount: 1 }))).toEqual([]);
});

test("a field that the project does not know is a fault, at any depth", () => {
  expect(faultsOf(scaled({ minReplicas: 1 }))).toEqual([
    'keda.sh/v1alpha1:ScaledObject/spec: must NOT have additional properties {"additionalProperty":"minReplicas"}',
  ]);
  expect(faultsOf(scaled({ advanced: { scalingModifiers: { formular: "a" } } }))).toHaveLength(1);
});

test("a value of another type and a missing field are faults", () => {
  expect(faultsOf(scaled({ minReplicaCount: "1" }))[0]).toContain("/spec/minReplicaCount: must be integer");
  expect(faultsOf(scaled({ triggers: undefined }))[0]).toContain("must have required property 'triggers'");
});

test("a kind without a definition is an error, and not a pass", () => {
  expect(() => faultsOf({ apiVersion: "shop.test/v1", kind: "Mug" })).toThrow(
    "there is no definition of shop.test/v1:Mug; known are barmancloud.cnpg.io/v1:ObjectStore, ",
  );
});

test("what a program registers is looked at, and only what is not Kubernetes' own", async () => {
  const recording = await recordProgram(
    async () => {
      new kubernetes.core.v1.ConfigMap("settings", { metadata: { name: "settings" } });
      new kubernetes.networking.v1.NetworkPolicy("deny", { spec: { podSelector: {} } });
      new kubernetes.helm.v3.Release("keda", { chart: "keda" });
      new kubernetes.apiextensions.CustomResource("worker", {
        ...scaled({ pollingInterval: pulumi.secret("often") }),
      });
    },
    { preview: false },
  );
  expect(faultsIn(recording)).toEqual([
    'keda.sh/v1alpha1:ScaledObject/spec/pollingInterval: must be integer {"type":"integer"}',
  ]);
});

test("of each kind there is the version that is stored", () => {
  for (const { metadata, spec } of definitions) expect(spec.versions, metadata.name).toHaveLength(1);
  expect(
    definitions.map(({ spec }) => `${spec.group}/${spec.versions[0]?.name} ${spec.names.kind}`).toSorted(),
  ).toEqual([
    "barmancloud.cnpg.io/v1 ObjectStore",
    "cert-manager.io/v1 Certificate",
    "cert-manager.io/v1 Issuer",
    "external-secrets.io/v1 ExternalSecret",
    "gateway.networking.k8s.io/v1 Gateway",
    "gateway.networking.k8s.io/v1 HTTPRoute",
    "keda.sh/v1alpha1 ScaledObject",
    "keda.sh/v1alpha1 TriggerAuthentication",
    "monitoring.coreos.com/v1 PodMonitor",
    "monitoring.coreos.com/v1 PrometheusRule",
    "monitoring.coreos.com/v1 ServiceMonitor",
    "networking.gke.io/v1 GCPBackendPolicy",
    "networking.gke.io/v1 GCPGatewayPolicy",
    "networking.gke.io/v1 HealthCheckPolicy",
    "postgresql.cnpg.io/v1 Cluster",
    "postgresql.cnpg.io/v1 Pooler",
    "postgresql.cnpg.io/v1 ScheduledBackup",
    "traefik.io/v1alpha1 IngressRoute",
    "traefik.io/v1alpha1 Middleware",
    "traefik.io/v1alpha1 ServersTransport",
    "traefik.io/v1alpha1 TLSOption",
  ]);
});
