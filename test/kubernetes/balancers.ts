import { setTimeout as sleep } from "node:timers/promises";
import { atEnd } from "../support/at-end.ts";
import type { ControlPlane, KubernetesObject } from "../support/kubernetes/index.ts";

interface Service extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & { readonly namespace: string };
  readonly spec: { readonly type: string };
  readonly status: { readonly loadBalancer: { readonly ingress?: unknown } };
}

/**
 * Plays a cloud's load balancers: each Service that asks for one is told the address. It ends with the test file.
 *
 * @param ip of all of them.
 */
export function playBalancers(api: ControlPlane, ip: string): void {
  const over = new AbortController();
  const playing = play(api, ip, over.signal);
  atEnd(() => {
    over.abort();
    return playing;
  });
}

async function play(api: ControlPlane, ip: string, over: AbortSignal): Promise<void> {
  const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip }] } } });
  while (!over.aborted) {
    const { items } = await api.get<{ items: readonly Service[] }>("services", "--all-namespaces");
    for (const { metadata, spec, status: found } of items)
      if (spec.type === "LoadBalancer" && found.loadBalancer.ingress === undefined)
        await api.kubectl(
          "patch",
          "service",
          metadata.name,
          "--namespace",
          metadata.namespace,
          "--subresource",
          "status",
          "--type",
          "merge",
          "--patch",
          status,
        );
    await sleep(500);
  }
}
