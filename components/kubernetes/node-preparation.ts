import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { chromiumProfile } from "./chromium-profile.ts";
import { labelsOf, metadataOf, selectorOf } from "./labels.ts";
import type { Place } from "./parts.ts";
import { pullSecrets } from "./registry.ts";
import { restricted } from "./restricted.ts";

const component = "seccomp-profile";
const source = `/profile/${chromiumProfile.file}`;
const target = `/node/${chromiumProfile.file}`;

/** Under another name first: the kubelet never reads half of it. */
const install = `cp ${source} ${target}.new && mv ${target}.new ${target} && exec sleep infinity`;
const check = { exec: { command: ["cmp", "-s", source, target] }, timeoutSeconds: 5 };

/**
 * Puts the browsers' seccomp profile onto their nodes, new ones too, and looks after it. A browser that comes first does not
 * start ("cannot load seccomp profile"); the kubelet tries again until it does, within seconds.
 *
 * A pod that writes to its node is allowed in no level of pod security but `privileged`, so that it has a namespace of its own:
 * root, since the directory is root's, without capabilities, with a root that is read-only, and without a network.
 *
 * @returns done when the nodes that there are have it.
 */
export function nodePreparation({ name: stack, args, options }: Place): pulumi.Resource {
  const name = `${stack}-nodes`;
  const { cluster } = args;
  const namespace = new kubernetes.core.v1.Namespace(
    name,
    {
      metadata: {
        name: "testfarm-nodes",
        labels: { ...labelsOf("nodes"), "pod-security.kubernetes.io/enforce": "privileged" },
      },
    },
    options,
  ).metadata.name;
  const metadata = metadataOf(component, component, namespace);
  const profile = new kubernetes.core.v1.ConfigMap(
    name,
    { metadata, data: { [chromiumProfile.file]: chromiumProfile.content } },
    options,
  );
  new kubernetes.networking.v1.NetworkPolicy(
    `${name}-closed`,
    {
      metadata: metadataOf("closed", "nodes", namespace),
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    },
    options,
  );
  const account = new kubernetes.core.v1.ServiceAccount(
    name,
    { metadata, automountServiceAccountToken: false },
    options,
  );
  const pull = pullSecrets({ name, args, options }, namespace);
  const { nodeSelector, tolerations } = cluster.pools.browser;
  return new kubernetes.apps.v1.DaemonSet(
    name,
    {
      metadata,
      spec: {
        selector: { matchLabels: selectorOf(component) },
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%" } },
        template: {
          metadata: {
            labels: labelsOf(component),
            // What is mounted changes in running pods; what has put it onto the node does not run again.
            annotations: { "testfarm/profile": chromiumProfile.file },
          },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 5,
            ...(pull.length > 0 && { imagePullSecrets: pull }),
            nodeSelector: { ...nodeSelector },
            tolerations: [...tolerations],
            securityContext: { runAsUser: 0, runAsGroup: 0, seccompProfile: { type: "RuntimeDefault" } },
            containers: [
              {
                name: component,
                // The browsers', which the node needs anyway.
                image: args.images.app,
                command: ["tini", "--", "sh", "-c", install],
                securityContext: restricted,
                resources: {
                  requests: { memory: "16Mi", cpu: "5m" },
                  limits: { memory: "16Mi", cpu: "100m" },
                },
                readinessProbe: { ...check, periodSeconds: 10 },
                livenessProbe: { ...check, periodSeconds: 30, initialDelaySeconds: 10 },
                volumeMounts: [
                  { name: "profile", mountPath: "/profile", readOnly: true },
                  { name: "node", mountPath: "/node" },
                ],
              },
            ],
            volumes: [
              { name: "profile", configMap: { name: profile.metadata.name } },
              { name: "node", hostPath: { path: chromiumProfile.directory, type: "DirectoryOrCreate" } },
            ],
          },
        },
      },
    },
    options,
  );
}
