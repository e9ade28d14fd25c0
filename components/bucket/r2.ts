import { createHash } from "node:crypto";
// By file: the package's index, imported as a whole, loads each of its resources.
import { AccountToken } from "@pulumi/cloudflare/accountToken.js";
import { R2Bucket as CloudflareBucket } from "@pulumi/cloudflare/r2bucket.js";
import { R2BucketCors } from "@pulumi/cloudflare/r2bucketCors.js";
import { R2BucketLifecycle } from "@pulumi/cloudflare/r2bucketLifecycle.js";
import * as pulumi from "@pulumi/pulumi";
import type { Bucket, BucketArgs } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";

/** No promise of where the data is: that would be another endpoint, and another token. */
const jurisdiction = "default";

/**
 * "Workers R2 Storage Bucket Item Write": reads, writes and lists the objects of a bucket. Cloudflare publishes this name and
 * the form of the policy (https://developers.cloudflare.com/r2/api/tokens/, read 2026-11-26); the id it tells to those with
 * an account, at `/accounts/<account>/tokens/permission_groups`. This one is from what others have published (unverified).
 */
const bucketItemWrite = "2efd5506f9c8494dacb1fa10a3e7d5b6";

/** Seconds: Cloudflare's own default, which this rule writes down (https://developers.cloudflare.com/r2/buckets/object-lifecycles/). */
const uploadMaxAge = 7 * 24 * 60 * 60;

/**
 * A bucket at Cloudflare R2, with a token for it alone. Pictures stay until the application removes them: the only rule
 * of its lifecycle is for uploads that were never completed.
 *
 * `cloudflare:apiToken` needs the account's permissions "Workers R2 Storage: Edit" and "Account API Tokens: Edit"
 * (documentation of @pulumi/cloudflare 6.22.1, where Edit is Write); it can give no permission that it has not itself
 * (https://developers.cloudflare.com/changelog/post/2026-10-01-account-api-token-provisioning/). R2 has to be subscribed to
 * in the account before (https://developers.cloudflare.com/r2/api/tokens/).
 *
 * The access key is the token's id, the secret the SHA-256 of its value
 * (https://developers.cloudflare.com/r2/api/tokens/, "Get S3 API credentials from an API token", read 2026-11-26). Cloudflare
 * tells the value once: an imported token has none, and `pulumi up --replace <its URN>` makes a new one.
 *
 * `near` is a hint, and counts when a bucket of that name is made for the first time: a later one has the old location
 * again (https://developers.cloudflare.com/r2/reference/data-location/). `origin` is changed in place. A rule for CORS
 * takes up to 30 seconds to hold.
 *
 * `pulumi destroy` of an ephemeral stack fails while there are objects in the bucket: R2 deletes only empty ones. Empty
 * it on its page, under Settings (https://developers.cloudflare.com/r2/buckets/delete-buckets/).
 */
export class R2Bucket extends pulumi.ComponentResource implements Bucket {
  readonly variables: Bucket["variables"];

  constructor(name: string, args: BucketArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:bucket:R2", name, {}, options);
    const { label, near, ephemeral, origin } = args;
    const accountId = args.accounts.requireIdAt("cloudflare");
    const child = { parent: this };

    const bucket = new CloudflareBucket(
      name,
      // Other accounts may have a bucket of the same name.
      { accountId, name: label, jurisdiction, location: regions.r2[near] },
      { ...child, protect: !ephemeral, retainOnDelete: !ephemeral },
    );
    const ofBucket = { accountId, bucketName: bucket.name, jurisdiction };
    new R2BucketCors(
      `${name}-cors`,
      { ...ofBucket, rules: [{ id: "page", allowed: { methods: ["GET", "HEAD"], origins: [origin] } }] },
      child,
    );
    new R2BucketLifecycle(
      `${name}-lifecycle`,
      {
        ...ofBucket,
        rules: [
          {
            id: "incomplete-uploads",
            enabled: true,
            conditions: { prefix: "" },
            abortMultipartUploadsTransition: { condition: { type: "Age", maxAge: uploadMaxAge } },
          },
        ],
      },
      child,
    );
    const token = new AccountToken(
      `${name}-token`,
      {
        accountId,
        name: label,
        policies: [
          {
            effect: "allow",
            permissionGroups: [{ id: bucketItemWrite }],
            resources: JSON.stringify({
              [`com.cloudflare.edge.r2.bucket.${accountId}_${jurisdiction}_${label}`]: "*",
            }),
          },
        ],
      },
      { ...child, dependsOn: [bucket] },
    );
    this.variables = {
      S3_BUCKET: bucket.name,
      S3_REGION: "auto",
      S3_ENDPOINT: `https://${accountId}.r2.cloudflarestorage.com`,
      S3_FORCE_PATH_STYLE: "false",
      // Known to whoever may see the state: it is the token's id.
      AWS_ACCESS_KEY_ID: token.id,
      AWS_SECRET_ACCESS_KEY: pulumi.secret(token.value.apply(sha256)),
    };
    this.registerOutputs();
  }
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
