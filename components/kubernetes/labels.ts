import type { Input } from "@pulumi/pulumi";

/**
 * What the application is made of: the roles of its image that run here, and its page. `operator`: roles that somebody runs once
 * beside it (infra/access/kubernetes/).
 */
export type Component = "api" | "web" | "worker" | "browser" | "egress" | "migrate" | "operator";

const product = "testfarm";

/**
 * Labels by which the pods of a component are found. They never change: the selector of a Deployment cannot.
 *
 * @param component also what is none of its components.
 */
export const selectorOf = (component: string) => ({
  "app.kubernetes.io/name": product,
  "app.kubernetes.io/component": component,
});

/** Those that Kubernetes recommends: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/. */
export const labelsOf = (component: string) => ({
  ...selectorOf(component),
  "app.kubernetes.io/part-of": product,
  "app.kubernetes.io/managed-by": "pulumi",
});

/** Of an object with a fixed name. */
export const metadataOf = (name: Input<string>, component: string, namespace: Input<string>) => ({
  name,
  namespace,
  labels: labelsOf(component),
});
