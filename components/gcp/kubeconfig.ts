import type { Cluster } from "@pulumi/gcp/container/cluster.js";
import * as pulumi from "@pulumi/pulumi";

const context = "gke";

/**
 * How a kubectl gets in: its plugin asks gcloud for a token each time
 * (https://docs.cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl). It has to be on the PATH, of Pulumi too.
 */
export const kubeconfigOf = ({ endpoint, masterAuth }: Cluster): pulumi.Output<string> =>
  pulumi.all([endpoint, certificateOf(masterAuth)]).apply(([host, certificate]) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: context,
          cluster: { server: `https://${host}`, "certificate-authority-data": certificate },
        },
      ],
      users: [
        {
          name: context,
          user: {
            exec: {
              apiVersion: "client.authentication.k8s.io/v1beta1",
              command: "gke-gcloud-auth-plugin",
              installHint: "gcloud components install gke-gcloud-auth-plugin",
              provideClusterInfo: true,
              interactiveMode: "IfAvailable",
            },
          },
        },
      ],
      contexts: [{ name: context, context: { cluster: context, user: context } }],
      "current-context": context,
    }),
  );

/** It is public, and stands beside a client's key, for which the provider has all of `masterAuth` secret. */
const certificateOf = (masterAuth: Cluster["masterAuth"]): pulumi.Output<string> =>
  pulumi.unsecret(masterAuth.apply(({ clusterCaCertificate }) => clusterCaCertificate));
