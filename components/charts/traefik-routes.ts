import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { ports } from "../../infra/contracts/docker-host.ts";
import { type EdgeArgs, services } from "../../infra/contracts/kubernetes.ts";

/**
 * Traefik's own objects for one domain: what is `/api` goes to the API, and there to the same pod each time by a
 * cookie; the rest is the page. A stream of events is passed on as it comes (Go's httputil.ReverseProxy flushes it at
 * once), and nothing is compressed on the way. A request that could not be given to a pod, since it is just ending,
 * goes to another; one that a pod has begun to read is never sent twice
 * (https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/retry/).
 */
export function routes(
  name: string,
  {
    namespace,
    domain,
    ingressClass,
    secretName,
  }: Pick<EdgeArgs, "namespace" | "domain" | "ingressClass"> & { readonly secretName: string },
  child: pulumi.CustomResourceOptions,
): readonly pulumi.Resource[] {
  // An empty one the server leaves out, and `preview` would find the object changed each time.
  const chosen = ingressClass !== undefined && {
    annotations: { "kubernetes.io/ingress.class": ingressClass },
  };
  const make = (kind: string, object: string, spec: object) =>
    new kubernetes.apiextensions.CustomResource(
      `${name}-${object}`,
      {
        apiVersion: "traefik.io/v1alpha1",
        kind,
        metadata: { name: `testfarm-${object}`, namespace, ...chosen },
        spec,
      },
      child,
    );

  const toHttps = make("Middleware", "to-https", { redirectScheme: { scheme: "https", permanent: true } });
  const onlyHttps = make("Middleware", "only-https", { headers: { stsSeconds: 31_536_000 } });
  const retry = make("Middleware", "retry", { retry: { attempts: 3, initialInterval: "100ms" } });
  const tls = make("TLSOption", "tls", { minVersion: "VersionTLS12" });

  const host = `Host(\`${domain}\`)`;
  const web = { kind: "Service", name: services.web, port: ports.web };
  const api = {
    kind: "Service",
    name: services.api,
    port: ports.role,
    sticky: { cookie: { name: "testfarm_api", secure: true, httpOnly: true, sameSite: "lax" } },
  };
  return [
    make("IngressRoute", "http", {
      entryPoints: ["web"],
      // The page stands for nobody here: its middleware has answered before.
      routes: [{ kind: "Rule", match: host, middlewares: [ref(toHttps)], services: [web] }],
    }),
    make("IngressRoute", "https", {
      entryPoints: ["websecure"],
      routes: [[`${host} && PathPrefix(\`/api/\`)`, api] as const, [host, web] as const].map(
        ([match, service]) => ({
          kind: "Rule",
          match,
          middlewares: [ref(onlyHttps), ref(retry)],
          services: [service],
        }),
      ),
      tls: { secretName, options: ref(tls) },
    }),
  ];
}

const ref = ({ metadata }: kubernetes.apiextensions.CustomResource) => ({ name: metadata.name });
