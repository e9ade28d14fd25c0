/** What a pod may do on its node and in its cluster. */
import type { Value } from "../../plan/record.ts";
import type { Finding, Rule } from "../rule.ts";
import { at, listOf, mappingAt, textsOf } from "../values.ts";
import { podsOf, type PodTemplate } from "./pods.ts";

type Mapping = Readonly<Record<string, Value>>;

/** Where the kubelet looks for seccomp profiles, which somebody has to put there. */
const profiles = /^\/var\/lib\/kubelet\/seccomp(\/|$)/;
/** Below it are the users of a node's own system, which a user of a container's may happen to be. */
const leastUser = 10_000;

/** Of a container, or of the pod where the container says nothing. */
const inherited = (spec: Mapping, container: Mapping, ...path: readonly string[]): Value | undefined =>
  at(container, "securityContext", ...path) ?? at(spec, "securityContext", ...path);

const ofContainer: readonly (readonly [
  holds: (spec: Mapping, container: Mapping) => boolean,
  fix: string,
])[] = [
  [(spec, container) => inherited(spec, container, "runAsNonRoot") === true, "runAsNonRoot: true"],
  [
    (spec, container) => Number(inherited(spec, container, "runAsUser") ?? 0) > leastUser,
    `runAsUser above ${leastUser}`,
  ],
  [
    (_, container) => at(container, "securityContext", "allowPrivilegeEscalation") === false,
    "allowPrivilegeEscalation: false",
  ],
  [
    (_, container) => textsOf(at(container, "securityContext", "capabilities", "drop")).includes("ALL"),
    "capabilities: { drop: [ALL] }",
  ],
  [
    (_, container) => textsOf(at(container, "securityContext", "capabilities", "add")).length === 0,
    "no added capabilities",
  ],
  [(_, container) => at(container, "securityContext", "privileged") !== true, "no privileged: true"],
  [
    (_, container) => at(container, "securityContext", "readOnlyRootFilesystem") === true,
    "readOnlyRootFilesystem: true",
  ],
  [
    (spec, container) =>
      ["RuntimeDefault", "Localhost"].includes(String(inherited(spec, container, "seccompProfile", "type"))),
    "seccompProfile: { type: RuntimeDefault }",
  ],
];

/** A pod that puts seccomp profiles onto its node writes there as root. */
const isPreparation = ({ spec }: PodTemplate): boolean =>
  listOf(spec["volumes"]).some((volume) => profiles.test(String(at(volume, "hostPath", "path"))));
const ofRoot = new Set(["runAsNonRoot: true", `runAsUser above ${leastUser}`]);

function missingIn(pod: PodTemplate): string[] {
  const { spec, containers } = pod;
  const missing = ofContainer.filter(
    ([holds, fix]) =>
      !(isPreparation(pod) && ofRoot.has(fix)) && !containers.every((container) => holds(spec, container)),
  );
  const shared = ["hostNetwork", "hostPID", "hostIPC"].filter((name) => spec[name] === true);
  const paths = listOf(spec["volumes"])
    .map((volume) => at(volume, "hostPath", "path"))
    .filter((path) => path !== undefined && !profiles.test(String(path)));
  return [
    ...missing.map(([, fix]) => fix),
    ...shared.map((name) => `no ${name}`),
    ...paths.map((path) => `no hostPath ${String(path)}`),
  ];
}

/** Nearest: checkov CKV_K8S_16-20, 22, 23, 25-31, 37, 40; trivy KSV-0001, 8-10, 12, 14, 17, 20, 23, 30, 104, 106. */
export const podUnrestricted: Rule = {
  says: "A pod runs as an ordinary user, without privileges, and sees nothing of its node.",
  severity: "error",
  check: (recording) =>
    podsOf(recording).flatMap((pod): Finding[] => {
      const missing = missingIn(pod);
      return missing.length === 0
        ? []
        : [
            {
              resource: pod.resource,
              message: `may do more on its node than it has to; give it ${missing.join(", ")}`,
            },
          ];
    }),
};

/** Nearest: checkov CKV_K8S_38, 41; trivy KSV-0036; kubescape C-0034. */
export const podToken: Rule = {
  says: "A pod has a service account of its own, and no token for the cluster's API unless it asks for one.",
  severity: "error",
  check: (recording) =>
    podsOf(recording).flatMap(({ resource, spec }): Finding[] => {
      const account = spec["serviceAccountName"];
      const missing = [
        ...(spec["automountServiceAccountToken"] === false ? [] : ["`automountServiceAccountToken: false`"]),
        ...(account === undefined || account === "default" ? ["a `serviceAccountName` of its own"] : []),
      ];
      return missing.length === 0
        ? []
        : [{ resource, message: `may speak to the cluster's API; give it ${missing.join(" and ")}` }];
    }),
};

/** Nearest: checkov CKV_K8S_35. */
export const secretInEnvironment: Rule = {
  says: "A pod gets secrets as files, which no program that it starts inherits.",
  severity: "error",
  check: (recording) =>
    podsOf(recording).flatMap(({ resource, containers }): Finding[] => {
      const named = containers.flatMap((container) => [
        ...listOf(container["env"])
          .filter((each) => at(each, "valueFrom", "secretKeyRef") !== undefined)
          .map(({ name }) => String(name)),
        ...listOf(container["envFrom"]).flatMap((each) => {
          const from = at(mappingAt(each, "secretRef"), "name");
          return from === undefined ? [] : [String(from)];
        }),
      ]);
      return named.length === 0
        ? []
        : [
            {
              resource,
              message: `has secrets in its environment, ${named.join(", ")}; mount them as files and set SECRETS_DIR`,
            },
          ];
    }),
};
