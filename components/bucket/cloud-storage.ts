import { Bucket } from "@pulumi/gcp/storage/bucket.js";
import { BucketIAMMember } from "@pulumi/gcp/storage/bucketIAMMember.js";
import { HmacKey } from "@pulumi/gcp/storage/hmacKey.js";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesBucket, KubernetesBucketArgs } from "../../infra/contracts/kubernetes.ts";
import { kept } from "../gcp/lifetime.ts";
import { googleCloud } from "../gcp/provider.ts";
import { serviceAccount } from "../gcp/service-account.ts";

const day = 24 * 60 * 60;
/** Reads, writes, lists and removes objects, and nothing of the bucket itself. */
const role = "roles/storage.objectUser";

/**
 * A bucket at Google Cloud Storage in the stack's region, with an account for it alone. Objects have no rights of their own, and
 * none can be made public. What is removed or written over can be brought back for a week; nothing else expires by itself, but
 * uploads that were never completed.
 *
 * The application speaks S3 to it, which takes a key of the account and not the identity of a pod
 * (https://docs.cloud.google.com/storage/docs/authentication/hmackeys). The project's policies must allow such keys
 * (`storage.restrictAuthTypes`). Another key: `pulumi up --replace <URN of bucket-key>`.
 *
 * Its name begins with the project's id, which nobody else has: names are shared by all of Google Cloud. Another region or label
 * replaces it, which the protection refuses. `origin` is changed in place.
 */
export class CloudStorageBucket extends pulumi.ComponentResource implements KubernetesBucket {
  readonly variables: KubernetesBucket["variables"];
  readonly destinations: KubernetesBucket["destinations"] = [];
  readonly ready: KubernetesBucket["ready"];

  constructor(name: string, args: KubernetesBucketArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:bucket:CloudStorage", name, {}, options);
    const { label, region, project, ephemeral, origin } = args;
    const child = { parent: this, provider: googleCloud(args) };
    const bucket = new Bucket(
      name,
      {
        name: `${project}-${label}`,
        // As Google says it back, so that a refresh sees no other place.
        location: region.toUpperCase(),
        storageClass: "STANDARD",
        uniformBucketLevelAccess: true,
        publicAccessPrevention: "enforced",
        softDeletePolicy: { retentionDurationSeconds: ephemeral ? 0 : 7 * day },
        lifecycleRules: [{ action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } }],
        cors: [{ origins: [origin], methods: ["GET", "HEAD"], maxAgeSeconds: 60 * 60 }],
        forceDestroy: ephemeral,
      },
      { ...child, ...kept(args) },
    );
    const account = serviceAccount(`${name}-account`, `${label}-bucket`, `Pictures of ${label}`, child);
    const access = new BucketIAMMember(
      `${name}-access`,
      { bucket: bucket.name, role, member: account.member },
      child,
    );
    const key = new HmacKey(
      `${name}-key`,
      { serviceAccountEmail: account.email },
      // Who the key is, which is no secret by itself, and stands in the resource's id too.
      { ...child, additionalSecretOutputs: ["accessId"] },
    );
    this.variables = {
      S3_BUCKET: bucket.name,
      S3_REGION: "auto",
      S3_ENDPOINT: "https://storage.googleapis.com",
      S3_FORCE_PATH_STYLE: "true",
      AWS_ACCESS_KEY_ID: key.accessId,
      AWS_SECRET_ACCESS_KEY: key.secret,
    };
    this.ready = [access];
    this.registerOutputs();
  }
}
