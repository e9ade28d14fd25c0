import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { metadataOf } from "./labels.ts";
import type { Parts } from "./parts.ts";
import { queueAccess } from "./queue-access.ts";

const apiVersion = "keda.sh/v1alpha1";

/** The components whose pods follow the sessions. */
export const scaled = ["worker", "browser"] as const;

/** Up at once; down when it has been less for five minutes, one pod a minute: each hands on the sessions that it has. */
const behavior = (most: number) => ({
  scaleUp: {
    stabilizationWindowSeconds: 0,
    policies: [{ type: "Pods", value: most, periodSeconds: 15 }],
    // Else a tenth of the sessions would wait. Clusters before Kubernetes 1.35 do not know it, and let them.
    tolerance: 0,
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
  },
});

/**
 * By KEDA (https://keda.sh/docs/2.20/concepts/scaling-deployments/): as many workers and browsers as the sessions to run need,
 * within their bounds. While the queue cannot be asked their number stays. Nobody else may scale them, and `up` does not.
 *
 * @param after KEDA, and what is scaled.
 */
export function scaling(parts: Parts, after: readonly pulumi.Resource[]): void {
  const { name, args, components, options } = parts;
  const { secrets, triggers } = queueAccess(parts);
  const kept = parts.keep("scaler", secrets);
  const authentication = new kubernetes.apiextensions.CustomResource(
    `${name}-scaler`,
    {
      apiVersion,
      kind: "TriggerAuthentication",
      metadata: metadataOf("queue", "scaler", args.namespace),
      spec: {
        secretTargetRef: Object.keys(secrets).map((key) => ({ parameter: key, name: kept.name, key })),
      },
    },
    { ...options, dependsOn: [...after, kept.from] },
  );
  for (const component of scaled.filter((each) => components.includes(each))) {
    const { min, max, concurrency } = args.sizes[component];
    const { triggers: asked, ...modifiers } = triggers(concurrency);
    new kubernetes.apiextensions.CustomResource(
      `${name}-${component}-scaling`,
      {
        apiVersion,
        kind: "ScaledObject",
        metadata: metadataOf(component, component, args.namespace),
        spec: {
          scaleTargetRef: { name: component },
          pollingInterval: 15,
          minReplicaCount: min,
          maxReplicaCount: max,
          advanced: { horizontalPodAutoscalerConfig: { behavior: behavior(max) }, ...modifiers },
          triggers: asked.map((trigger) => ({ ...trigger, authenticationRef: { name: "queue" } })),
        },
      },
      { ...options, dependsOn: [authentication] },
    );
  }
}
