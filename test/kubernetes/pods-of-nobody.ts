import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane, KubernetesObject } from "../support/kubernetes/index.ts";
import { atEnd } from "../support/at-end.ts";

interface Pod extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & {
    readonly namespace: string;
    readonly ownerReferences?: readonly { readonly kind: string }[];
  };
  readonly status: { readonly phase: string };
}

/**
 * Plays the nodes of a cluster that has none: whatever pod is asked for is ready at once, and that of a Job is done. It ends
 * with the test file.
 */
export function playNodes(api: ControlPlane): void {
  const over = new AbortController();
  const playing = play(api, over.signal);
  atEnd(() => {
    over.abort();
    return playing;
  });
}

async function play(api: ControlPlane, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const { items } = await api.get<{ items: readonly Pod[] }>("pods", "--all-namespaces");
    const waiting = items.filter(({ status }) => status.phase === "Pending");
    await Promise.all(waiting.map((pod) => settle(api, pod)));
    await sleep(500);
  }
}

let address = 0;

async function settle(api: ControlPlane, { metadata }: Pod): Promise<void> {
  const isJob = metadata.ownerReferences?.some(({ kind }) => kind === "Job") ?? false;
  const now = new Date().toISOString();
  const conditions = ["Initialized", "PodScheduled", "ContainersReady", "Ready"].map((type) => ({
    type,
    status: isJob && type.endsWith("Ready") ? "False" : "True",
    lastTransitionTime: now,
  }));
  // Without an address no Service leads to it.
  const podIP = `10.244.0.${(address = (address % 254) + 1)}`;
  const status = { phase: isJob ? "Succeeded" : "Running", conditions, podIP, podIPs: [{ ip: podIP }] };
  const { name, namespace } = metadata;
  const where = ["pod", name, "--namespace", namespace, "--subresource", "status"];
  await api
    .kubectl("patch", ...where, "--type", "merge", "--patch", JSON.stringify({ status }))
    .catch((error: Error) => {
      // It may be gone by now.
      if (!error.message.includes("NotFound")) throw error;
    });
}
