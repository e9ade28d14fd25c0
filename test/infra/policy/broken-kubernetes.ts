import type { RuleId } from "../../../infra/policy/ids.ts";
import type { Broken } from "./broken.ts";
import {
  budget,
  containerOf,
  denial,
  deployment,
  job,
  namespace,
  role,
  several,
  space,
} from "./kubernetes.ts";

const api = "kubernetes:apps/v1:Deployment api";
const restricted = (change: object) =>
  deployment({
    containers: [containerOf({ securityContext: { ...containerOf().securityContext, ...change } })],
  });
const more = `${api} may do more on its node than it has to; give it`;
const open = "kubernetes:core/v1:Namespace shop leaves its pods open; give it";
const away = `${api} can be away as a whole at once; give it`;

/** Programs that break a rule about what is in a cluster. */
export const inCluster = {
  "pod-unrestricted": [
    {
      what: "a pod that says nothing",
      make: () => deployment({ securityContext: {}, containers: [containerOf({ securityContext: {} })] }),
      finding: `${more} runAsNonRoot: true, runAsUser above 10000, allowPrivilegeEscalation: false, capabilities: { drop: [ALL] }, readOnlyRootFilesystem: true, seccompProfile: { type: RuntimeDefault }`,
    },
    {
      what: "a capability that comes back",
      make: () => restricted({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }),
      finding: `${more} no added capabilities`,
    },
    {
      what: "a privileged container",
      make: () => restricted({ privileged: true }),
      finding: `${more} no privileged: true`,
    },
    {
      what: "a user of the node's own",
      make: () => restricted({ runAsUser: 1000 }),
      finding: `${more} runAsUser above 10000`,
    },
    {
      what: "no seccomp",
      make: () => restricted({ seccompProfile: { type: "Unconfined" } }),
      finding: `${more} seccompProfile: { type: RuntimeDefault }`,
    },
    {
      what: "a container that prepares, and only it",
      make: () => deployment({ initContainers: [containerOf({ name: "prepare", securityContext: {} })] }),
      finding: `${more} allowPrivilegeEscalation: false,`,
    },
    {
      what: "the node's network",
      make: () => deployment({ hostNetwork: true }),
      finding: `${more} no hostNetwork`,
    },
    {
      what: "a directory of the node",
      make: () => deployment({ volumes: [{ name: "node", hostPath: { path: "/etc" } }] }),
      finding: `${more} no hostPath /etc`,
    },
    {
      what: "a job",
      make: () => job({ hostPID: true }),
      finding: "kubernetes:batch/v1:Job migrate may do more on its node",
    },
  ],
  "pod-with-cluster-token": [
    {
      what: "a token that nobody asked for",
      make: () => deployment({ automountServiceAccountToken: true }),
      finding: `${api} may speak to the cluster's API; give it \`automountServiceAccountToken: false\``,
    },
    {
      what: "an account that all share",
      make: () => deployment({ serviceAccountName: "default" }),
      finding: `${api} may speak to the cluster's API; give it a \`serviceAccountName\` of its own`,
    },
  ],
  "pod-without-probes": [
    {
      what: "a pod that nobody asks",
      make: () => {
        const { readinessProbe: _, livenessProbe: __, ...silent } = containerOf();
        deployment({ containers: [silent] });
      },
      finding: `${api} is not asked for its health; give it readinessProbe and livenessProbe`,
    },
  ],
  "secret-in-environment": [
    {
      what: "a secret as a variable",
      make: () =>
        deployment({
          containers: [
            containerOf({
              env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "api", key: "token" } } }],
            }),
          ],
        }),
      finding: `${api} has secrets in its environment, TOKEN;`,
    },
    {
      what: "a secret as all its variables",
      make: () => deployment({ containers: [containerOf({ envFrom: [{ secretRef: { name: "all" } }] })] }),
      finding: `${api} has secrets in its environment, all;`,
    },
  ],
  "namespace-default": [
    {
      what: "a pod that says no namespace",
      make: () => deployment({}, {}),
      finding: `${api} stands in the namespace \`default\``,
    },
  ],
  "namespace-open": [
    {
      what: "a namespace without a level",
      make: () => {
        space(false);
        denial();
        deployment();
      },
      finding: `${open} the label pod-security.kubernetes.io/enforce`,
    },
    {
      what: "a namespace without policies",
      make: () => {
        space();
        deployment();
      },
      finding: `${open} a NetworkPolicy that denies all, in both directions`,
    },
    ...[{ policyTypes: ["Ingress"] }, { podSelector: { matchLabels: { app: "api" } } }, { egress: [{}] }].map(
      (spec) => ({
        what: `a policy that denies only some: ${JSON.stringify(spec)}`,
        make: () => {
          space();
          denial(spec);
          deployment();
        },
        finding: `${open} a NetworkPolicy that denies all, in both directions`,
      }),
    ),
  ],
  "disruption-unbounded": [
    {
      what: "several pods without a budget",
      make: () => several({}, 3),
      finding: `${away} a PodDisruptionBudget`,
    },
    {
      what: "pods whose number something else decides",
      make: () => several(),
      finding: `${away} a PodDisruptionBudget`,
    },
    {
      what: "another namespace's budget",
      make: () => {
        several({}, 2);
        budget("other");
      },
      finding: `${away} a PodDisruptionBudget`,
    },
    {
      what: "another pod's budget",
      make: () => {
        several({}, 2);
        budget(namespace, { app: "web" });
      },
      finding: `${away} a PodDisruptionBudget`,
    },
    {
      what: "pods that may all be on one node",
      make: () => {
        several({ topologySpreadConstraints: [] }, 2);
        budget();
      },
      finding: `${away} \`topologySpreadConstraints\``,
    },
  ],
  "rbac-wildcard": ["apiGroups", "resources", "verbs"].map((field) => ({
    what: `any of ${field}`,
    make: () => role({ [field]: ["*"] }),
    finding: `kubernetes:rbac.authorization.k8s.io/v1:Role role allows any of ${field};`,
  })),
} as const satisfies { readonly [Id in RuleId]?: readonly Broken[] };
