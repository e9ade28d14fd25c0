import * as kubernetes from "@pulumi/kubernetes";
import { metadataOf, selectorOf } from "./labels.ts";
import type { Parts } from "./parts.ts";

/**
 * How many pods of a component a drain may take at once. Those with sessions hand them on, so that a quarter may go; a
 * share is rounded up, and a single one never keeps a node from being drained.
 */
const mayGo: Readonly<Record<Parts["components"][number], number | string>> = {
  api: 1,
  web: 1,
  egress: 1,
  worker: "25%",
  browser: "25%",
};

/** What an upgrade of the nodes may take from the application while others come up elsewhere. */
export function disruptionBudgets({ name, args, components, options }: Parts): void {
  for (const component of components)
    new kubernetes.policy.v1.PodDisruptionBudget(
      `${name}-${component}`,
      {
        metadata: metadataOf(component, component, args.namespace),
        spec: {
          maxUnavailable: mayGo[component],
          selector: { matchLabels: selectorOf(component) },
          // One that cannot come up serves nobody, and would keep its node for ever.
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      },
      options,
    );
}
