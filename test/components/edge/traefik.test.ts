import { describe, expect, test } from "vitest";
import { TraefikEdge } from "../../../components/edge/traefik.ts";
import type { EdgeArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, type RecordOptions, resourceOf } from "../../../infra/testing/index.ts";
import { faultsIn } from "../../support/kubernetes-crds/index.ts";
import { placeOf } from "../kubernetes-place.ts";

/** What a cloud tells of a load balancer. */
const telling =
  (told: Record<string, string>): NonNullable<RecordOptions["respond"]> =>
  ({ type }) =>
    type === "kubernetes:core/v1:Service" ? { state: { status: { loadBalancer: { ingress: [told] } } } } : {};

const start = (
  change: Partial<EdgeArgs> = {},
  { preview = false, told = { ip: "192.0.2.7" } }: { preview?: boolean; told?: Record<string, string> } = {},
) =>
  recordProgram(
    async () => {
      const { records, from } = new TraefikEdge("edge", {
        ...placeOf(),
        domain: "farm.test",
        email: "owner@farm.test",
        ...change,
      });
      return { records, from };
    },
    { preview, respond: telling(told) },
  );

type Recording = Awaited<ReturnType<typeof start>>;
const named = ({ resources }: Recording, name: string) =>
  resources.find((resource) => resource.name === name && "spec" in resource.inputs)!;
const specOf = (recording: Recording, name: string) => named(recording, name).inputs["spec"];
const keys = ({ resources }: Recording) => resources.map(({ key }) => key).toSorted();
const typesOf = ({ resources }: Recording, type: string) =>
  resources.filter((resource) => resource.type === type).map(({ name }) => name);

describe("Traefik as the entrance", () => {
  test("every object is as Traefik and cert-manager define it", async () => {
    expect(faultsIn(await start())).toEqual([]);
  });

  test("the cloud gives it an address and hands on who asks, and the domain leads there", async () => {
    const cluster = { ...placeOf().cluster };
    const recording = await start({
      cluster: { ...cluster, loadBalancer: { annotations: { "cloud/kind": "network" }, ip: "192.0.2.7" } },
    });
    const { inputs } = resourceOf(recording, "kubernetes:core/v1:Service");
    expect(inputs["metadata"]).toMatchObject({
      namespace: "traefik",
      annotations: { "cloud/kind": "network" },
    });
    expect(inputs["spec"]).toEqual({
      type: "LoadBalancer",
      loadBalancerIP: "192.0.2.7",
      externalTrafficPolicy: "Local",
      selector: { "app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": "traefik-traefik" },
      ports: [
        { name: "web", port: 80, targetPort: "web" },
        { name: "websecure", port: 443, targetPort: "websecure" },
      ],
    });
    expect(recording.outputs["records"]).toEqual([{ name: "farm.test", type: "A", value: "192.0.2.7" }]);
  });

  test("where a cloud tells a name, the domain is another name for it", async () => {
    const { cluster } = placeOf();
    const recording = await start(
      { cluster: { ...cluster, loadBalancer: { ...cluster.loadBalancer, isNamed: true } } },
      { told: { hostname: "lb.cloud.test" } },
    );
    expect(recording.outputs["records"]).toEqual([
      { name: "farm.test", type: "CNAME", value: "lb.cloud.test" },
    ]);
  });

  test("NetworkPolicies know its pods", async () => {
    const { outputs } = await start();
    expect(outputs["from"]).toEqual({
      namespace: "traefik",
      pods: { "app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": "traefik-traefik" },
    });
  });

  test("/api is the API's by a cookie of its own, the rest the page's, with TLS 1.2 at least", async () => {
    const recording = await start();
    const onlyHttps = { name: "testfarm-only-https" };
    const retry = { name: "testfarm-retry" };
    expect(specOf(recording, "edge-https")).toEqual({
      entryPoints: ["websecure"],
      routes: [
        {
          kind: "Rule",
          match: "Host(`farm.test`) && PathPrefix(`/api/`)",
          middlewares: [onlyHttps, retry],
          services: [
            {
              kind: "Service",
              name: "api",
              port: 3001,
              sticky: { cookie: { name: "testfarm_api", secure: true, httpOnly: true, sameSite: "lax" } },
            },
          ],
        },
        {
          kind: "Rule",
          match: "Host(`farm.test`)",
          middlewares: [onlyHttps, retry],
          services: [{ kind: "Service", name: "web", port: 8080 }],
        },
      ],
      tls: { secretName: "certificate", options: { name: "testfarm-tls" } },
    });
    expect(specOf(recording, "edge-tls")).toEqual({ minVersion: "VersionTLS12" });
    expect(specOf(recording, "edge-only-https")).toEqual({ headers: { stsSeconds: 31_536_000 } });
    expect(specOf(recording, "edge-retry")).toEqual({ retry: { attempts: 3, initialInterval: "100ms" } });
  });

  test("what comes without TLS is sent to the same address with it", async () => {
    const recording = await start();
    expect(specOf(recording, "edge-http")).toMatchObject({
      entryPoints: ["web"],
      routes: [{ match: "Host(`farm.test`)", middlewares: [{ name: "testfarm-to-https" }] }],
    });
    expect(specOf(recording, "edge-to-https")).toEqual({
      redirectScheme: { scheme: "https", permanent: true },
    });
  });

  test("a certificate is got from Let's Encrypt by a pod that only Traefik reaches", async () => {
    const recording = await start();
    expect(specOf(recording, "edge-issuer")).toMatchObject({
      acme: {
        server: "https://acme-v02.api.letsencrypt.org/directory",
        email: "owner@farm.test",
        solvers: [{ http01: { ingress: { ingressClassName: "traefik", serviceType: "ClusterIP" } } }],
      },
    });
    expect(
      recording.resources.find(({ inputs }) => inputs["kind"] === "Certificate")!.inputs["spec"],
    ).toMatchObject({
      secretName: "certificate",
      dnsNames: ["farm.test"],
      issuerRef: { kind: "Issuer", name: "letsencrypt" },
    });
    const policy = resourceOf(recording, "kubernetes:networking.k8s.io/v1:NetworkPolicy");
    expect(policy.inputs["spec"]).toEqual({
      podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } },
              podSelector: {
                matchLabels: {
                  "app.kubernetes.io/name": "traefik",
                  "app.kubernetes.io/instance": "traefik-traefik",
                },
              },
            },
          ],
          ports: [{ protocol: "TCP", port: 8089 }],
        },
      ],
    });
  });

  test("nothing empty is sent to the server, which would leave it out and seem to have changed it", async () => {
    const recording = await start();
    expect(named(recording, "edge-https").inputs["metadata"]).toEqual({
      name: "testfarm-https",
      namespace: expect.any(String) as string,
    });
  });

  test("where the cluster has Traefik already, its class is used, and only whoever runs it knows the address", async () => {
    const recording = await start({
      has: (chart) => chart === "traefik" || chart === "cert-manager",
      ingressClass: "shared",
    });
    expect(typesOf(recording, "kubernetes:helm.sh/v3:Release")).toEqual([]);
    expect(typesOf(recording, "kubernetes:core/v1:Service")).toEqual([]);
    expect(recording.outputs["records"]).toEqual([]);
    expect(recording.outputs["from"]).toBeUndefined();
    expect(named(recording, "edge-https").inputs["metadata"]).toMatchObject({
      annotations: { "kubernetes.io/ingress.class": "shared" },
    });
    expect(specOf(recording, "edge-issuer")).toMatchObject({
      acme: { solvers: [{ http01: { ingress: { ingressClassName: "shared" } } }] },
    });
    const policy = resourceOf(recording, "kubernetes:networking.k8s.io/v1:NetworkPolicy");
    expect(JSON.stringify(policy.inputs["spec"])).not.toContain("namespaceSelector");
    expect(faultsIn(recording)).toEqual([]);
  });

  test("a preview knows what would be made", async () => {
    expect(keys(await start({}, { preview: true }))).toEqual(keys(await start()));
  });

  test("its objects come after the software that knows them", async () => {
    const recording = await start();
    const after = named(recording, "edge-https").dependsOn.join();
    expect(after).toContain("traefik");
    expect(after).toContain("cert-manager");
  });
});
