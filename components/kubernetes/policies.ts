import * as kubernetes from "@pulumi/kubernetes";
import { ports } from "../../infra/contracts/docker-host.ts";
import { metadataOf, selectorOf, type Component } from "./labels.ts";
import type { Parts } from "./parts.ts";
import {
  fromEdge,
  fromPrometheus,
  fromRole,
  toDestination,
  toInternet,
  toNames,
  toRole,
  type Egress,
  type Ingress,
} from "./traffic.ts";

interface Traffic {
  readonly ingress?: readonly Ingress[];
  readonly egress?: readonly Egress[];
}

/**
 * Who talks to whom. What is not here does not happen: also a browser that a page has taken over reaches nothing but the
 * `egress` pods, not even a name server, and those reach public addresses only.
 */
function traffic({ args }: Parts): Readonly<Record<Component, Traffic>> {
  const { cluster, edge, destinations, databaseDestinations, monitoring } = args;
  const figures = monitoring ? [fromPrometheus] : [];
  const stores = destinations.map(toDestination);
  const asWorker = [toNames, ...stores, toInternet(cluster, 443), toRole("browser")];
  return {
    api: {
      ingress: [fromEdge(edge, ports.role), ...figures],
      // A bucket that is public.
      egress: [toNames, ...stores, toInternet(cluster, 443)],
    },
    web: { ingress: [fromEdge(edge, ports.web)] },
    worker: {
      ingress: figures,
      // The model, Browserbase, a bucket that is public.
      egress: asWorker,
    },
    browser: {
      ingress: [fromRole("worker"), fromRole("operator"), ...figures],
      egress: [toRole("egress")],
    },
    egress: { ingress: [fromRole("browser")], egress: [toNames, toInternet(cluster, 80, 443)] },
    migrate: { egress: [toNames, ...databaseDestinations.map(toDestination)] },
    operator: { egress: asWorker },
  };
}

/**
 * A policy for each component, and one that closes the namespace to all that no other one opens. The cluster's network plugin
 * has to enforce them; it lets a node reach its own pods, and them it, whatever they say
 * (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
 *
 * @returns done when nothing is open that should not be.
 */
export function policies(parts: Parts): kubernetes.networking.v1.NetworkPolicy[] {
  const { name, args, components, options } = parts;
  const { namespace } = args;
  const of = traffic(parts);
  const closed = new kubernetes.networking.v1.NetworkPolicy(
    `${name}-closed`,
    {
      metadata: metadataOf("closed", "namespace", namespace),
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    },
    options,
  );
  const open = ([...components, "migrate", "operator"] as const).map((component) => {
    const { ingress = [], egress = [] } = of[component];
    return new kubernetes.networking.v1.NetworkPolicy(
      `${name}-${component}`,
      {
        metadata: metadataOf(component, component, namespace),
        spec: {
          podSelector: { matchLabels: selectorOf(component) },
          policyTypes: ["Ingress", "Egress"],
          ingress: [...ingress],
          egress: [...egress],
        },
      },
      options,
    );
  });
  return [closed, ...open];
}
