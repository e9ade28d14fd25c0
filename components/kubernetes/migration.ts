import { createHash } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { metadataOf } from "./labels.ts";
import type { Parts } from "./parts.ts";
import { podTemplate } from "./pod.ts";
import { told } from "./variables.ts";

/** Seconds that migrations may take in all, tries that failed included. */
const deadline = 900;

/**
 * The role `migrate`, once for each image and each change of what it is told, while the release before still serves. It is
 * named by image and settings, so that another one is another Job, which Pulumi makes before it deletes the one before; with
 * other secrets it is made anew under its name. So is one that failed, by the next `up`.
 *
 * It has no `ttlSecondsAfterFinished`: a Job that the cluster removes by itself is missing to the next `pulumi refresh`,
 * and would be run again.
 *
 * @param after what has to be there before.
 * @returns done when the database has the schema of this release.
 */
export function migration(parts: Parts, after: readonly pulumi.Resource[]): pulumi.Resource {
  const { name, args, options } = parts;
  const { settings, secrets } = told("migrate", parts);
  const pod = {
    settings,
    secrets,
    image: args.images.app,
    args: ["migrate"],
    size: args.sizes.migrate,
    pool: "api",
    scratch: 64,
    grace: 30,
  } as const;
  const run = pulumi
    .jsonStringify([pod.image, settings])
    .apply((text) => createHash("sha256").update(text).digest("hex").slice(0, 10));
  return new kubernetes.batch.v1.Job(
    `${name}-migrate`,
    {
      metadata: {
        ...metadataOf(pulumi.interpolate`migrate-${run}`, "migrate", args.namespace),
        annotations: { "pulumi.com/replaceUnready": "true" },
      },
      spec: {
        backoffLimit: 3,
        activeDeadlineSeconds: deadline,
        template: podTemplate("migrate", pod, parts),
      },
    },
    {
      ...options,
      dependsOn: [...after, ...(secrets ? [secrets.from] : [])],
      customTimeouts: { create: `${deadline + 60}s` },
    },
  );
}
