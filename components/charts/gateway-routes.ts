/** What GKE's gateway is told: the `spec` of its objects. */
import { ports } from "../../infra/contracts/docker-host.ts";
import { services } from "../../infra/contracts/kubernetes.ts";

/** Where it says the visitor's address: in X-Forwarded-For its own comes last. */
export const clientIpHeader = "X-Client-IP";

/** Seconds that an answer may take: a stream of events lasts an hour. Its own value is 30. */
const longestAnswer = 60 * 60 + 60;

/** Seconds for what a pod still answers after it was told to end. */
const draining = 60;

/**
 * Google's load balancer, everywhere in the world, before both ports. The certificate is of a map at Google and not of
 * a Secret here.
 *
 * @param address name of a global one.
 */
export const gateway = (address: unknown) => ({
  gatewayClassName: "gke-l7-global-external-managed",
  listeners: [
    { name: "http", protocol: "HTTP", port: 80 },
    { name: "https", protocol: "HTTPS", port: 443 },
  ].map((listener) => ({ ...listener, allowedRoutes: { namespaces: { from: "Same" } } })),
  addresses: [{ type: "NamedAddress", value: address }],
});

const at = (listener: "http" | "https", gatewayName: unknown, domain: string) => ({
  parentRefs: [{ name: gatewayName, sectionName: listener }],
  hostnames: [domain],
});

export const redirect = (gatewayName: unknown, domain: string) => ({
  ...at("http", gatewayName, domain),
  rules: [
    {
      filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
    },
  ],
});

/**
 * `/api` is the API's, the rest the page's. The variable for the visitor's address is Google's
 * (https://cloud.google.com/load-balancing/docs/https/custom-headers), which the gateway passes on
 * (https://cloud.google.com/kubernetes-engine/docs/how-to/deploying-gateways#configure_custom_request_and_response_headers).
 */
export const routes = (gatewayName: unknown, domain: string) => ({
  ...at("https", gatewayName, domain),
  rules: (
    [
      ["/api", services.api, ports.role],
      ["/", services.web, ports.web],
    ] as const
  ).map(([value, name, port]) => ({
    matches: [{ path: { type: "PathPrefix", value } }],
    filters: [
      {
        type: "RequestHeaderModifier",
        requestHeaderModifier: { set: [{ name: clientIpHeader, value: "{client_ip_address}" }] },
      },
    ],
    backendRefs: [{ name, port }],
  })),
});

type Service = "api" | "web";

const targetRef = (service: Service) => ({ group: "", kind: "Service", name: services[service] });

/** The API keeps a visitor at one pod by a cookie that lasts as long as the browser is open. */
export const backendPolicy = (service: Service) => ({
  targetRef: targetRef(service),
  default: {
    timeoutSec: longestAnswer,
    connectionDraining: { drainingTimeoutSec: draining },
    ...(service === "api" && { sessionAffinity: { type: "GENERATED_COOKIE", cookieTtlSec: 0 } }),
  },
});

const checks = {
  api: { port: ports.role, requestPath: "/readyz" },
  web: { port: ports.web, requestPath: "/" },
} as const;

export const healthCheck = (service: Service) => ({
  targetRef: targetRef(service),
  default: {
    checkIntervalSec: 5,
    timeoutSec: 3,
    healthyThreshold: 1,
    unhealthyThreshold: 2,
    config: {
      type: "HTTP",
      httpHealthCheck: { portSpecification: "USE_FIXED_PORT", ...checks[service] },
    },
  },
});
