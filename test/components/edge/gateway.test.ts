import { describe, expect, test } from "vitest";
import { GatewayEdge } from "../../../components/edge/gateway.ts";
import type { Edge, EdgeArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, type RecordOptions, resourceOf } from "../../../infra/testing/index.ts";
import { faultsIn } from "../../support/kubernetes-crds/index.ts";
import { placeOf } from "../kubernetes-place.ts";

const respond: RecordOptions["respond"] = ({ type }) =>
  type === "gcp:compute/globalAddress:GlobalAddress" ? { state: { address: "192.0.2.7" } } : {};

const start = (change: Partial<EdgeArgs> = {}) =>
  recordProgram(
    async () => {
      const edge: Edge = new GatewayEdge("edge", { ...placeOf(), domain: "farm.test", ...change });
      const { records, from, clientIpHeader } = edge;
      return { records, from, clientIpHeader };
    },
    { preview: false, respond },
  );

const specOf = (recording: Awaited<ReturnType<typeof start>>, name: string) =>
  recording.resources.find((resource) => resource.name === name && "spec" in resource.inputs)!.inputs[
    "spec"
  ] as Record<string, never>;

describe("GKE's own gateway", () => {
  test("every object is as the Gateway API and Google define it", async () => {
    expect(faultsIn(await start())).toEqual([]);
  });

  test("has an address that stays, which the domain leads to", async () => {
    const recording = await start();
    expect(recording.outputs["records"]).toEqual([{ name: "farm.test", type: "A", value: "192.0.2.7" }]);
    const address = resourceOf(recording, "gcp:compute/globalAddress:GlobalAddress");
    expect(address).toMatchObject({ protect: true, retainOnDelete: true });
    expect(specOf(recording, "edge-gateway")).toMatchObject({
      gatewayClassName: "gke-l7-global-external-managed",
      addresses: [{ type: "NamedAddress", value: "testfarm-test-edge" }],
    });
    const ephemeral = await start({ ephemeral: true });
    expect(ephemeral.resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete)).toEqual(
      [],
    );
  });

  test("has a certificate of Google's for the domain, and TLS 1.2 at least", async () => {
    const recording = await start();
    const { inputs } = resourceOf(recording, "gcp:certificatemanager/certificate:Certificate");
    expect(inputs).toMatchObject({ managed: { domains: ["farm.test"] } });
    expect(
      resourceOf(recording, "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry").inputs,
    ).toMatchObject({ hostname: "farm.test", certificates: ["edge-certificate-id"] });
    const gateway = recording.resources.find(({ name }) => name === "edge-gateway")!;
    expect(gateway.inputs["metadata"]).toMatchObject({
      annotations: { "networking.gke.io/certmap": "testfarm-test" },
    });
    expect(resourceOf(recording, "gcp:compute/sSLPolicy:SSLPolicy").inputs).toMatchObject({
      profile: "MODERN",
      minTlsVersion: "TLS_1_2",
    });
    expect(specOf(recording, "edge-tls-policy")).toMatchObject({ default: { sslPolicy: "testfarm-test" } });
  });

  test("what comes without TLS is sent to the same address with it", async () => {
    expect(specOf(await start(), "edge-http")).toEqual({
      parentRefs: [{ name: "testfarm-gateway", sectionName: "http" }],
      hostnames: ["farm.test"],
      rules: [
        {
          filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
        },
      ],
    });
  });

  test("/api is the API's, the rest the page's, and both are told the visitor's address", async () => {
    const recording = await start();
    const { parentRefs, rules } = specOf(recording, "edge-https");
    expect(parentRefs).toEqual([{ name: "testfarm-gateway", sectionName: "https" }]);
    const filters = [
      {
        type: "RequestHeaderModifier",
        requestHeaderModifier: { set: [{ name: "X-Client-IP", value: "{client_ip_address}" }] },
      },
    ];
    expect(rules).toEqual([
      {
        matches: [{ path: { type: "PathPrefix", value: "/api" } }],
        filters,
        backendRefs: [{ name: "api", port: 3001 }],
      },
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        filters,
        backendRefs: [{ name: "web", port: 8080 }],
      },
    ]);
    expect(recording.outputs["clientIpHeader"]).toBe("X-Client-IP");
    expect(recording.outputs["from"]).toBeUndefined();
  });

  test("the API keeps a visitor by a cookie and may answer for more than an hour", async () => {
    const recording = await start();
    expect(specOf(recording, "edge-api")).toEqual({
      targetRef: { group: "", kind: "Service", name: "api" },
      default: {
        timeoutSec: 3660,
        connectionDraining: { drainingTimeoutSec: 60 },
        sessionAffinity: { type: "GENERATED_COOKIE", cookieTtlSec: 0 },
      },
    });
    expect(specOf(recording, "edge-web")["default"]).not.toHaveProperty("sessionAffinity");
  });

  test("a pod gets requests while it says that it is ready", async () => {
    const recording = await start();
    expect(specOf(recording, "edge-api-health")["default"]).toMatchObject({
      config: { type: "HTTP", httpHealthCheck: { port: 3001, requestPath: "/readyz" } },
    });
    expect(specOf(recording, "edge-web-health")["default"]).toMatchObject({
      config: { httpHealthCheck: { port: 8080, requestPath: "/" } },
    });
  });
});
