import * as pulumi from "@pulumi/pulumi";
import type { Bucket, BucketArgs } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { bucket } from "../provider/vendors/railway/bucket.ts";
import { railwayProject } from "../railway/project.ts";

const StorageBucket = resourceClass("railway", "Bucket", bucket);

/**
 * A bucket in the stack's project at Railway, with a key for it alone. Another `near` replaces it, which the protection
 * refuses.
 *
 * It has no rule for CORS: Railway's API sets none, only S3's does, with the bucket's own key
 * (https://docs.railway.com/storage-buckets/uploading-serving, 2026-08-21). A page shows pictures without one; no script
 * of another origin may read them. Nothing expires: buckets have no lifecycle there
 * (https://docs.railway.com/storage-buckets, 2026-08-21).
 */
export class RailwayBucket extends pulumi.ComponentResource implements Bucket {
  readonly variables: Bucket["variables"];

  constructor(name: string, args: BucketArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:bucket:Railway", name, {}, options);
    const { accounts, label, near, ephemeral } = args;
    const project = railwayProject(args);
    const made = new StorageBucket(
      name,
      {
        project: project.id,
        environment: project.environment,
        name: label,
        region: regions.railwayBucket[near],
        deletionProtection: !ephemeral,
      },
      {
        parent: this,
        provider: accounts.at("railway"),
        protect: !ephemeral,
        retainOnDelete: !ephemeral,
      },
    );
    this.variables = {
      S3_BUCKET: made.bucket,
      S3_REGION: made.s3Region,
      S3_ENDPOINT: made.endpoint,
      S3_FORCE_PATH_STYLE: made.urlStyle.apply((style) => String(style === "path")),
      AWS_ACCESS_KEY_ID: made.accessKeyId,
      AWS_SECRET_ACCESS_KEY: made.secretAccessKey,
    };
    this.registerOutputs();
  }
}
