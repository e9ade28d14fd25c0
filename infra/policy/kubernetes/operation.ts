/** What keeps a pod running, and others from suffering by it. */
import type { RecordedResource, Recording } from "../../plan/record.ts";
import type { Finding, Rule } from "../rule.ts";
import { at, listOf, mappingAt, textsOf } from "../values.ts";
import { namespaceOf, podsOf, selects } from "./pods.ts";

/** Those that serve as long as they live; a job ends by itself. */
const serving = new Set(["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"]);

/** Nearest: checkov CKV_K8S_8, 9; kubescape C-0018, C-0056. */
export const podProbes: Rule = {
  says: "A pod that serves says when it is ready, and when it is beyond help.",
  severity: "error",
  check: (recording) =>
    podsOf(recording)
      .filter(({ resource }) => serving.has(resource.type))
      .flatMap(({ resource, spec }): Finding[] => {
        const missing = ["readinessProbe", "livenessProbe"].filter((probe) =>
          listOf(spec["containers"]).some((container) => container[probe] === undefined),
        );
        return missing.length === 0
          ? []
          : [{ resource, message: `is not asked for its health; give it ${missing.join(" and ")}` }];
      }),
};

const budgets = ({ resources }: Recording): RecordedResource[] =>
  resources.filter(({ type }) => type === "kubernetes:policy/v1:PodDisruptionBudget");

/** Nearest: kube-score deployment-has-poddisruptionbudget, polaris topologySpreadConstraints, kube-linter no-anti-affinity. */
export const disruption: Rule = {
  says: "Pods of which there are several are spread, and not all taken away at once.",
  severity: "error",
  across: true,
  check: (recording) =>
    recording.resources
      // Without a number something else decides how many there are.
      .filter(({ type, inputs }) => serving.has(type) && Number(at(inputs, "spec", "replicas") ?? 2) > 1)
      .flatMap((resource): Finding[] => {
        const labels = mappingAt(resource.inputs, "spec", "template", "metadata", "labels");
        const isCovered = budgets(recording).some(
          (budget) =>
            namespaceOf(budget) === namespaceOf(resource) &&
            selects(at(budget.inputs, "spec", "selector"), labels),
        );
        const spec = mappingAt(resource.inputs, "spec", "template", "spec");
        const isSpread =
          listOf(spec["topologySpreadConstraints"]).length > 0 ||
          at(spec, "affinity", "podAntiAffinity") !== undefined;
        const missing = [
          ...(isCovered ? [] : ["a PodDisruptionBudget"]),
          ...(isSpread ? [] : ["`topologySpreadConstraints`"]),
        ];
        return missing.length === 0
          ? []
          : [{ resource, message: `can be away as a whole at once; give it ${missing.join(" and ")}` }];
      }),
};

const roles = new Set([
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
  "kubernetes:rbac.authorization.k8s.io/v1:Role",
]);

/** Nearest: checkov CKV_K8S_49; trivy KSV-0044, 45, 46. */
export const rbacWildcard: Rule = {
  says: "A role names what it is for: no `*`.",
  severity: "error",
  check: ({ resources }) =>
    resources
      .filter(({ type }) => roles.has(type))
      .flatMap((resource): Finding[] => {
        const wild = ["apiGroups", "resources", "verbs"].filter((field) =>
          listOf(resource.inputs["rules"]).some((rule) => textsOf(rule[field]).includes("*")),
        );
        return wild.length === 0
          ? []
          : [{ resource, message: `allows any of ${wild.join(", ")}; name those that are needed` }];
      }),
};
