/** Plays controllers that are not in a cluster, until the end of the test file. */
import { setTimeout as sleep } from "node:timers/promises";
import { atEnd } from "../support/at-end.ts";
import type { ControlPlane, KubernetesObject } from "../support/kubernetes/index.ts";

interface Found extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & { readonly namespace: string };
  readonly spec: { readonly type?: string };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: unknown }; readonly conditions?: unknown };
}

/** A cloud's load balancers: each Service that asks for one is told the address. */
export const playBalancers = (api: ControlPlane, ip: string): void =>
  play(
    api,
    "services",
    ({ spec, status }) => spec.type === "LoadBalancer" && status?.loadBalancer?.ingress === undefined,
    () => ({ loadBalancer: { ingress: [{ ip }] } }),
  );

/** CloudNativePG, whose every database is ready. */
export const playCloudNativePg = (api: ControlPlane): void =>
  play(
    api,
    "clusters.postgresql.cnpg.io",
    ({ status }) => status?.conditions === undefined,
    () => {
      const ready = { type: "Ready", status: "True", reason: "ClusterIsReady", message: "It is played." };
      return { conditions: [{ ...ready, lastTransitionTime: new Date().toISOString() }] };
    },
  );

/** Gives a status to every object that lacks it. */
function play(
  api: ControlPlane,
  kind: string,
  lacks: (object: Found) => boolean,
  status: () => object,
): void {
  const over = new AbortController();
  const playing = (async () => {
    while (!over.signal.aborted) {
      const { items } = await api.get<{ items: readonly Found[] }>(kind, "--all-namespaces");
      for (const object of items.filter(lacks)) {
        const { name, namespace } = object.metadata;
        const where = [kind, name, "--namespace", namespace, "--subresource", "status"];
        const patch = JSON.stringify({ status: status() });
        await api.kubectl("patch", ...where, "--type", "merge", "--patch", patch);
      }
      await sleep(500);
    }
  })();
  atEnd(() => {
    over.abort();
    return playing;
  });
}
