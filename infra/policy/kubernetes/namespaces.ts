/** What keeps the pods of a namespace apart from others. */
import type { RecordedResource, Recording } from "../../plan/record.ts";
import type { Finding, Rule } from "../rule.ts";
import { at, mappingAt, textsOf } from "../values.ts";
import { namespaceOf, podsOf } from "./pods.ts";

const ofType = ({ resources }: Recording, type: string): RecordedResource[] =>
  resources.filter((resource) => resource.type === type);

/** Nearest: checkov CKV_K8S_21; trivy KSV-0110; kubescape C-0061. */
export const defaultNamespace: Rule = {
  says: "Pods stand in a namespace that was made for them.",
  severity: "error",
  check: (recording) =>
    podsOf(recording)
      .filter(({ resource }) => namespaceOf(resource) === "default")
      .map(({ resource }) => ({
        resource,
        message: "stands in the namespace `default`, where policies are hard to give; name another",
      })),
};

/** Whether a policy lets nothing in and out by itself. */
function deniesAll(policy: RecordedResource): boolean {
  const spec = mappingAt(policy.inputs, "spec");
  const types = textsOf(spec["policyTypes"]);
  return (
    Object.keys(mappingAt(spec, "podSelector")).length === 0 &&
    ["Ingress", "Egress"].every((type) => types.includes(type)) &&
    [spec["ingress"], spec["egress"]].every(
      (rules) => rules === undefined || (Array.isArray(rules) && rules.length === 0),
    )
  );
}

/** Nearest: kubescape C-0030, C-0260; kube-score pod-networkpolicy; kube-linter non-isolated-pod; polaris missingNetworkPolicy. */
export const openNamespace: Rule = {
  says: "A namespace with pods says by a label what they may do, and lets nothing in and out but what a policy names.",
  severity: "error",
  across: true,
  check: (recording) => {
    const withPods = new Set(podsOf(recording).map(({ resource }) => namespaceOf(resource)));
    const closed = new Set(
      ofType(recording, "kubernetes:networking.k8s.io/v1:NetworkPolicy").filter(deniesAll).map(namespaceOf),
    );
    return ofType(recording, "kubernetes:core/v1:Namespace").flatMap((resource): Finding[] => {
      const metadata = mappingAt(resource.inputs, "metadata");
      const name = typeof metadata["name"] === "string" ? metadata["name"] : undefined;
      if (name === undefined || !withPods.has(name)) return [];
      const missing = [
        ...(at(metadata, "labels", "pod-security.kubernetes.io/enforce") === undefined
          ? ["the label pod-security.kubernetes.io/enforce"]
          : []),
        ...(closed.has(name) ? [] : ["a NetworkPolicy that denies all, in both directions"]),
      ];
      return missing.length === 0
        ? []
        : [{ resource, message: `leaves its pods open; give it ${missing.join(" and ")}` }];
    });
  },
};
