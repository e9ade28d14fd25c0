import { createHmac } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { ExternalSecrets } from "../../infra/contracts/kubernetes.ts";
import { metadataOf } from "./labels.ts";
import type { Keep, Place } from "./parts.ts";

/** How secrets come into the cluster: as objects of the stack, or from a store. */
export const keeper = (place: Place): Keep =>
  place.args.externalSecrets === undefined ? inStack(place) : inStore(place, place.args.externalSecrets);

/**
 * Secret objects. What tells a pod that its secrets have changed is a keyed hash of them: with a plain one, whoever sees
 * the pod could try out values. In the state it is a secret as they are.
 */
function inStack({ name, args, options }: Place): Keep {
  const key = new random.RandomPassword(
    `${name}-checksum-key`,
    { length: 40, special: false },
    { parent: options.parent, protect: !args.ephemeral },
  ).result;
  return (owner, values) => {
    const checksum = pulumi
      .all([key, values])
      .apply(([secret, known]) => createHmac("sha256", secret).update(inOneOrder(known)).digest("hex"));
    const from = new kubernetes.core.v1.Secret(
      `${name}-${owner}-secrets`,
      {
        metadata: metadataOf(owner, owner, args.namespace),
        type: "Opaque",
        immutable: false,
        stringData: values,
      },
      options,
    );
    return { name: owner, checksum, from };
  };
}

const inOneOrder = (values: Readonly<Record<string, string>>) =>
  JSON.stringify(Object.entries(values).toSorted(([one], [other]) => (one < other ? -1 : 1)));

/**
 * What the cluster's External Secrets operator reads from a store: one entry an owner, whose keys are the names
 * (https://external-secrets.io/latest/api/externalsecret/, read 2026-11-26). A value that changes there reaches the files of
 * a running pod within the hour, and no process reads them again: somebody has to restart the pods.
 */
function inStore({ name, args, options }: Place, { kind, store, prefix }: ExternalSecrets): Keep {
  return (owner) => {
    const from = new kubernetes.apiextensions.CustomResource(
      `${name}-${owner}-secrets`,
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: metadataOf(owner, owner, args.namespace),
        spec: {
          refreshInterval: "1h",
          secretStoreRef: { kind, name: store },
          target: { name: owner, creationPolicy: "Owner" },
          dataFrom: [{ extract: { key: `${prefix}${owner}` } }],
        },
      },
      options,
    );
    return { name: owner, from };
  };
}
