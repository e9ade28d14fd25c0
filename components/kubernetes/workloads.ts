import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { ports } from "../../infra/contracts/docker-host.ts";
import { readyPath } from "../roles.ts";
import { chromiumProfile } from "./chromium-profile.ts";
import { metadataOf, selectorOf, type Component } from "./labels.ts";
import type { Parts } from "./parts.ts";
import { podTemplate, type PodArgs } from "./pod.ts";
import { told } from "./variables.ts";

interface Workload {
  /** Absent: the number of its pods is the scaler's, and no update sets it. */
  readonly replicas?: number;
  /** How many of its pods may be missing while they are exchanged. Default: none. */
  readonly missing?: string;
  readonly pod: PodArgs;
}

/** Seconds until no proxy sends a pod anything new: a cloud's load balancers are the slowest to hear of its end. */
const letGo = 15;

/**
 * Seconds that a process may take to end, with what it waits before: its own deadline is 25 (app/main.ts), of which a
 * worker's step and the handing over of a browser's sessions are the longest.
 */
const grace = 60;

/** The components that run at all times, by what they are told, how large they are and how they end. */
function workloads(parts: Parts): Readonly<Record<Parts["components"][number], () => Workload>> {
  const { sizes, images, clientIpHeader } = parts.args;
  const role = (name: keyof Parts["args"]["variables"], wait: number) => ({
    ...told(name, parts),
    image: images.app,
    args: [name],
    pool: "api" as const,
    scratch: 64,
    serves: { port: ports.role, paths: { ready: readyPath, alive: "/healthz" }, wait },
    grace,
  });
  return {
    api: () => {
      const api = role("api", letGo);
      const whose = clientIpHeader === undefined ? {} : { CLIENT_IP_HEADER: clientIpHeader };
      return {
        replicas: sizes.api.replicas,
        pod: { ...api, settings: { ...api.settings, ...whose }, size: sizes.api },
      };
    },
    web: () => ({
      replicas: sizes.web.replicas,
      pod: {
        image: images.web,
        // Requests for /api never come here: the edge sends them to the API itself.
        settings: {},
        size: sizes.web,
        pool: "api",
        scratch: 16,
        serves: { port: ports.web, paths: { ready: "/", alive: "/" }, wait: letGo },
        grace,
      },
    }),
    worker: () => ({ pod: { ...role("worker", 0), size: sizes.worker } }),
    // Each has sessions, which take a place: where all nodes are full, a new one would wait for ever for one to go.
    browser: () => ({ missing: "10%", pod: browser(parts, role("browser", 0)) }),
    // Pages load through it. New connections go to others at once, and most of the open ones have ended by then.
    egress: () => ({
      replicas: sizes.egress.replicas,
      pod: { ...role("egress", 30), size: sizes.egress },
    }),
  };
}

/** No secret but its token, and no name server: by names, too, something could be told to the world. */
function browser({ args: { sizes } }: Parts, role: Omit<PodArgs, "size">): PodArgs {
  return {
    ...role,
    settings: {
      ...role.settings,
      // The kubelet knows the Service's address: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
      EGRESS_URL: "http://$(EGRESS_SERVICE_HOST):$(EGRESS_SERVICE_PORT)",
      BROWSER_SESSIONS: `${sizes.browser.concurrency}`,
    },
    knowsServices: true,
    size: sizes.browser,
    pool: "browser",
    // Chromium's profiles, and what its processes share.
    scratch: 512,
    seccomp: chromiumProfile.path,
  };
}

/**
 * A Deployment for each component. A new pod is there before an old one goes; one that ends gets nothing new, and has
 * time to finish or to hand on what it has.
 *
 * @param after what has to be there before.
 */
export function deployments(parts: Parts, after: readonly pulumi.Resource[]): pulumi.Resource[] {
  const { name, args, components, options } = parts;
  const of = workloads(parts);
  return components.map((component) => {
    const { replicas, missing = 0, pod } = of[component]();
    return new kubernetes.apps.v1.Deployment(
      `${name}-${component}`,
      {
        metadata: metadataOf(component, component, args.namespace),
        spec: {
          ...(replicas !== undefined && { replicas }),
          revisionHistoryLimit: 3,
          selector: { matchLabels: selectorOf(component) },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: missing } },
          template: podTemplate(component, pod, parts),
        },
      },
      { ...options, dependsOn: [...after, ...(pod.secrets ? [pod.secrets.from] : [])] },
    );
  });
}

/** Who a component's pods are, to the cluster and to a cloud that lets pods in by who they are. */
export function serviceAccounts({
  name,
  args,
  components,
  options,
}: Parts): kubernetes.core.v1.ServiceAccount[] {
  return ([...components, "migrate"] satisfies Component[]).map(
    (component) =>
      new kubernetes.core.v1.ServiceAccount(
        `${name}-${component}`,
        {
          metadata: metadataOf(component, component, args.namespace),
          automountServiceAccountToken: false,
        },
        options,
      ),
  );
}
