import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import type { Bucket, BucketArgs } from "../../infra/contracts/managed.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { bucket } from "../provider/vendors/fly/bucket.ts";
import { organization } from "../provider/vendors/fly/organization.ts";

const Organization = resourceClass("fly", "Organization", organization);
const FlyBucket = resourceClass("fly", "Bucket", bucket);

/**
 * A bucket of Tigris, made and billed by Fly.io, with a key of its own. It has no region: objects are kept near to where
 * they are written and read (https://fly.io/docs/tigris/, 2026-08-07), so that `near` says nothing here.
 *
 * Its name ends in random digits, since names are shared by all of Tigris, and is the host name's first part: path-style
 * addresses are of old buckets only (Railway, whose buckets are Tigris's too, says so:
 * https://docs.railway.com/storage-buckets, 2026-08-21).
 *
 * It has no rule for CORS: Fly.io's API sets none, only Tigris's own does. A page shows pictures without one; no script
 * of another origin may read them. Nothing expires by itself.
 *
 * `pulumi up` fails with "tells the keys of a bucket only when it is made" where Fly.io's answer got lost on the way.
 */
export class TigrisBucket extends pulumi.ComponentResource implements Bucket {
  readonly variables: Bucket["variables"];

  constructor(name: string, args: BucketArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:bucket:Tigris", name, {}, options);
    const { accounts, label, ephemeral } = args;
    const child = { parent: this, provider: accounts.at("fly") };
    const owner = new Organization(`${name}-organization`, { slug: accounts.requireIdAt("fly") }, child);
    const suffix = new RandomId(`${name}-suffix`, { byteLength: 3 }, { parent: this, protect: !ephemeral });
    const made = new FlyBucket(
      name,
      {
        name: pulumi.interpolate`${label}-${suffix.hex}`,
        organizationId: owner.nodeId,
        deletionProtection: !ephemeral,
      },
      { ...child, protect: !ephemeral, retainOnDelete: !ephemeral },
    );
    this.variables = {
      S3_BUCKET: made.bucket,
      S3_REGION: "auto",
      S3_ENDPOINT: made.endpoint,
      S3_FORCE_PATH_STYLE: "false",
      AWS_ACCESS_KEY_ID: made.accessKeyId,
      AWS_SECRET_ACCESS_KEY: made.secretAccessKey,
    };
    this.registerOutputs();
  }
}
