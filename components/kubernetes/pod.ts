import type { Input } from "@pulumi/pulumi";
import type { Pod, Pools } from "../../infra/capacity/kubernetes.ts";
import { secretsAnnotation } from "../../infra/contracts/kubernetes.ts";
import { labelsOf, selectorOf, type Component } from "./labels.ts";
import type { Parts, Secrets } from "./parts.ts";
import { restricted, runAs } from "./restricted.ts";
import { secretsDirectory } from "./variables.ts";

export interface PodArgs {
  /** With its digest. */
  readonly image: string;
  /** Of the image's entry point. */
  readonly args?: readonly string[];
  readonly settings: Readonly<Record<string, Input<string>>>;
  readonly secrets?: Secrets | undefined;
  readonly size: Pod;
  /** On whose nodes it runs. */
  readonly pool: keyof Pools;
  /** What it may write to /tmp, in MiB of its memory. There is no other place. */
  readonly scratch: number;
  /** Absent: it serves nobody and ends by itself. */
  readonly serves?: Serves;
  /** Path of a seccomp profile on the node, as the kubelet takes it. Default: the container runtime's own. */
  readonly seccomp?: string;
  /** Adds the addresses of the namespace's Services to its environment. Default: none are needed. */
  readonly knowsServices?: boolean;
  /** Seconds that it has to end, the wait before its signal among them. */
  readonly grace: number;
}

interface Serves {
  readonly port: number;
  /** Answers 200 while it can serve, and while the process is well. */
  readonly paths: { readonly ready: string; readonly alive: string };
  /** Seconds for which it serves on before it is told to end: until nobody sends it anything new. */
  readonly wait: number;
}

/**
 * The template of a component's pods, of the level `restricted`: they write to memory only, have no token for the cluster's
 * API, and no more memory than they ask for, so that a node never runs out of it by them.
 */
export function podTemplate(component: Component, pod: PodArgs, { args, pull }: Parts) {
  const { secrets, serves, pool } = pod;
  const { nodeSelector, tolerations } = args.cluster.pools[pool];
  return {
    metadata: {
      labels: labelsOf(component),
      // Pods of another one are rolled out: no process reads its files again.
      ...(secrets?.checksum && { annotations: { [secretsAnnotation]: secrets.checksum } }),
    },
    spec: {
      serviceAccountName: component,
      automountServiceAccountToken: false,
      enableServiceLinks: pod.knowsServices ?? false,
      terminationGracePeriodSeconds: pod.grace,
      ...(serves ? { topologySpreadConstraints: spread(component) } : { restartPolicy: "Never" }),
      ...(pull.length > 0 && { imagePullSecrets: pull }),
      nodeSelector: { ...nodeSelector },
      tolerations: [...tolerations],
      securityContext: { ...runAs, ...seccompOf(pod.seccomp) },
      containers: [
        {
          name: component,
          image: pod.image,
          ...(pod.args && { args: [...pod.args] }),
          env: Object.entries(pod.settings)
            .toSorted(([one], [other]) => (one < other ? -1 : 1))
            .map(([name, value]) => ({ name, value })),
          securityContext: restricted,
          resources: resourcesOf(pod.size),
          volumeMounts: [
            { name: "tmp", mountPath: "/tmp" },
            ...(secrets ? [{ name: "secrets", mountPath: secretsDirectory, readOnly: true }] : []),
          ],
          ...(serves && serving(serves)),
        },
      ],
      volumes: [
        // In memory: one on the node's disk would keep the autoscaler from ever removing the node.
        { name: "tmp", emptyDir: { medium: "Memory", sizeLimit: `${pod.scratch}Mi` } },
        ...(secrets ? [{ name: "secrets", secret: { secretName: secrets.name, defaultMode: 0o440 } }] : []),
      ],
    },
  };
}

const seccompOf = (localhostProfile: string | undefined) => ({
  seccompProfile:
    localhostProfile === undefined ? { type: "RuntimeDefault" } : { type: "Localhost", localhostProfile },
});

const resourcesOf = ({ memory, cpu }: Pod) => ({
  requests: { memory: `${memory}Mi`, cpu: `${cpu.request}m` },
  limits: { memory: `${memory}Mi`, cpu: `${cpu.limit}m` },
});

const serving = ({ port, paths, wait }: Serves) => ({
  ports: [{ name: "http", containerPort: port }],
  readinessProbe: { ...get(paths.ready), periodSeconds: 5, failureThreshold: 2 },
  // Who fails one of these is killed, so that they ask the process only: a database that is away is not brought back by
  // starting everybody who uses it anew.
  startupProbe: { ...get(paths.alive), periodSeconds: 2, failureThreshold: 60 },
  livenessProbe: { ...get(paths.alive), periodSeconds: 10, failureThreshold: 6 },
  // Without a program of the image; of Kubernetes 1.30 or newer.
  ...(wait > 0 && { lifecycle: { preStop: { sleep: { seconds: wait } } } }),
});

const get = (path: string) => ({ httpGet: { path, port: "http" }, timeoutSeconds: 5 });

/** Over zones and nodes, as far as there are any: where there are too few it runs all the same. */
const spread = (component: Component) =>
  ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selectorOf(component) },
    // Of one release: those of the one before are about to go.
    matchLabelKeys: ["pod-template-hash"],
  }));
