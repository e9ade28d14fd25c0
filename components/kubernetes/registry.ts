import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { metadataOf } from "./labels.ts";
import type { Place } from "./parts.ts";

/** Docker Hub's by the name that a kubelet looks for, and the one that this repository has for it. */
const known: Readonly<Record<string, string>> = { "registry-1.docker.io": "https://index.docker.io/v1/" };

/**
 * Who may pull the images, for the pods of one namespace; none where everybody may.
 *
 * @returns `imagePullSecrets` of a pod.
 */
export function pullSecrets(
  { name, args, options }: Place,
  namespace: pulumi.Input<string>,
): { readonly name: string }[] {
  if (args.credentials === undefined) return [];
  const { registry, username, password } = args.credentials;
  const auths = { [known[registry] ?? registry]: { username, password } };
  new kubernetes.core.v1.Secret(
    `${name}-registry`,
    {
      metadata: metadataOf("registry", "registry", namespace),
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": pulumi.jsonStringify({ auths }) },
    },
    options,
  );
  return [{ name: "registry" }];
}
