import type { Resource } from "@pulumi/pulumi";
import type { KubernetesPlace } from "../../infra/contracts/kubernetes.ts";
import { installed } from "./installation.ts";
import { resources } from "./resources.ts";

/** Where Traefik's pods are, and the labels by which they are found: `traefik.labelselector` of the chart. */
export const traefikPods = {
  namespace: "traefik",
  labels: { "app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": "traefik-traefik" },
} as const;

/** Seconds that a pod answers for after it was told to end: until no load balancer knows it any more. */
const acceptGrace = 15;

/** Seconds for requests that are then still running. Streams go on elsewhere from where they were. */
const requestGrace = 10;

/**
 * Who sends a request too slowly is cut off, and who uses a connection no more. An answer may take as long as it takes:
 * a stream of events lasts an hour. Reading is over before it begins, over HTTP/1.1 as over HTTP/2.
 */
const transport = {
  respondingTimeouts: { readTimeout: "60s", writeTimeout: "0s", idleTimeout: "180s" },
  lifeCycle: { requestAcceptGraceTimeout: `${acceptGrace}s`, graceTimeOut: `${requestGrace}s` },
};

/**
 * Traefik, two of it on different nodes, as ingress class `traefik`. What it answers for is said by IngressRoutes; it
 * has no dashboard, tells nobody that it is used, and asks nobody for new versions. Its Service is not the chart's: the
 * entrance to the cluster has to be known by its address.
 */
export const traefik = (place: Pick<KubernetesPlace, "cluster" | "has" | "once">): readonly Resource[] =>
  installed(place, "traefik", () => ({
    namespace: traefikPods.namespace,
    values: {
      traefik: {
        global: { checkNewVersion: false, sendAnonymousUsage: false },
        api: { dashboard: false },
        deployment: {
          replicas: 2,
          terminationGracePeriodSeconds: acceptGrace + requestGrace + 5,
        },
        podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
        topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map(
          (topologyKey) => ({
            maxSkew: 1,
            topologyKey,
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: traefikPods.labels },
          }),
        ),
        ingressClass: { isDefaultClass: false },
        // The Ingresses by which cert-manager proves that the domain is ours do not tell an address.
        providers: { kubernetesIngress: { publishedService: { enabled: false } } },
        service: { enabled: false },
        ports: { web: { transport }, websecure: { transport } },
        resources: resources(192, { request: 100, limit: 1000 }),
      },
    },
  }));
