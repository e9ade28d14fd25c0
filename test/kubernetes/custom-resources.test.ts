import { beforeAll, expect, test } from "vitest";
import { CloudNativePgDatabase } from "../../components/database/cloudnative-pg.ts";
import { GatewayEdge } from "../../components/edge/gateway.ts";
import { TraefikEdge } from "../../components/edge/traefik.ts";
import { recordProgram } from "../../infra/testing/index.ts";
import { databaseArgs, placeOf } from "../components/kubernetes-place.ts";
import { define } from "../support/kubernetes-crds/define.ts";
import { customResourcesOf, definitions } from "../support/kubernetes-crds/index.ts";
import { apiServers, type ControlPlane, type KubernetesObject } from "../support/kubernetes/index.ts";
import { describeWith } from "../support/services.ts";

const made = {
  "Traefik and cert-manager": () => new TraefikEdge("edge", { ...placeOf(), domain: "farm.test" }),
  "GKE's gateway": () => new GatewayEdge("edge", { ...placeOf(), domain: "farm.test" }),
  CloudNativePG: () => new CloudNativePgDatabase("database", databaseArgs()),
};

/** What a cloud tells of a load balancer. */
const told = { state: { status: { loadBalancer: { ingress: [{ ip: "192.0.2.7" }] } } } };

/** Their rules in CEL included, which only an API server knows. */
await describeWith(apiServers, "an API server with the definitions of others", (startApiServer) => {
  let api: ControlPlane;

  beforeAll(async () => {
    api = await startApiServer();
    await define(api);
    for (const name of ["testfarm", "postgres"])
      await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  });

  test("takes each of the definitions, and lacks nothing in them", async () => {
    const { items } = await api.get<{ items: { metadata: { name: string }; status: Status }[] }>("crd");
    expect(items.map(({ metadata }) => metadata.name).toSorted()).toEqual(
      definitions.map(({ metadata }) => metadata.name).toSorted(),
    );
    for (const { metadata, status } of items)
      expect(
        status.conditions.filter(({ type }) => type === "NonStructuralSchema"),
        metadata.name,
      ).toEqual([]);
  });

  test.each(Object.entries(made))("takes every object for %s", async (_, make) => {
    const recording = await recordProgram(
      async () => {
        make();
      },
      {
        preview: false,
        respond: ({ type }) => (type === "kubernetes:core/v1:Service" ? told : {}),
      },
    );
    const objects = customResourcesOf(recording) as unknown as KubernetesObject[];
    expect(objects.length).toBeGreaterThan(3);
    await api.apply(...objects);
  });

  test("refuses what breaks a rule in CEL", async () => {
    await expect(
      api.apply({
        apiVersion: "keda.sh/v1alpha1",
        kind: "ScaledObject",
        metadata: { name: "worker", namespace: "testfarm" },
        spec: { scaleTargetRef: { name: "worker" }, minReplicaCount: 3, maxReplicaCount: 2, triggers: [] },
      }),
    ).rejects.toThrow("minReplicaCount");
  });
});

interface Status {
  readonly conditions: readonly { readonly type: string }[];
}
