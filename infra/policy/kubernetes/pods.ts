import type { RecordedResource, Recording, Value } from "../../plan/record.ts";
import { listOf, mappingAt } from "../values.ts";

type Mapping = Readonly<Record<string, Value>>;

/** What makes pods, and where in it their template is. */
const templates: Readonly<Record<string, readonly string[]>> = {
  "kubernetes:apps/v1:DaemonSet": ["spec", "template", "spec"],
  "kubernetes:apps/v1:Deployment": ["spec", "template", "spec"],
  "kubernetes:apps/v1:StatefulSet": ["spec", "template", "spec"],
  "kubernetes:batch/v1:CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
  "kubernetes:batch/v1:Job": ["spec", "template", "spec"],
  "kubernetes:core/v1:Pod": ["spec"],
};

export interface PodTemplate {
  readonly resource: RecordedResource;
  readonly spec: Mapping;
  /** Those that prepare the pod too. */
  readonly containers: readonly Mapping[];
}

export const podsOf = ({ resources }: Recording): PodTemplate[] =>
  resources.flatMap((resource) => {
    const path = Object.hasOwn(templates, resource.type) ? templates[resource.type]! : undefined;
    if (!path) return [];
    const spec = mappingAt(resource.inputs, ...path);
    return [
      { resource, spec, containers: [...listOf(spec["initContainers"]), ...listOf(spec["containers"])] },
    ];
  });

/** The namespace that an object says it is in; `default` where it says nothing, and `undefined` where it is not known yet. */
export const namespaceOf = ({ inputs }: RecordedResource): string | undefined => {
  const metadata = mappingAt(inputs, "metadata");
  const { namespace } = metadata;
  if (namespace === undefined || namespace === null) return "default";
  return typeof namespace === "string" ? namespace : undefined;
};

/** Whether each label that a selector asks for is among the labels. */
export const selects = (selector: Value | undefined, labels: Mapping): boolean =>
  Object.entries(mappingAt(selector, "matchLabels")).every(([name, value]) => labels[name] === value);
