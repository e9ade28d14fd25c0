import { PodIdentityAssociation } from "@pulumi/aws/eks/podIdentityAssociation.js";
import { Bucket as AwsBucket } from "@pulumi/aws/s3/bucket.js";
import { BucketCorsConfiguration } from "@pulumi/aws/s3/bucketCorsConfiguration.js";
import { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import type { KubernetesBucket, KubernetesBucketArgs } from "../../infra/contracts/kubernetes.ts";
import { kept } from "../aws/lifetime.ts";
import { awsProvider } from "../aws/provider.ts";
import { AwsRole } from "../aws/role.ts";

/** Days. What was never completed goes after the first, what was removed or replaced after the second. */
const [uploadMaxAge, versionMaxAge] = [7, 30];

/**
 * A private bucket at Amazon S3. Pods get in by who they are, with EKS Pod Identity: there is no key, and the SDK asks the
 * agent on the pod's node for credentials that hold for hours
 * (https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html).
 *
 * Its name ends in random digits, since names are shared by all of AWS; another label or region replaces it, which the
 * protection refuses. What is removed can be brought back for 30 days. An ephemeral one goes with what is in it.
 */
export class S3Bucket extends pulumi.ComponentResource implements KubernetesBucket {
  readonly variables: KubernetesBucket["variables"];
  readonly destinations: KubernetesBucket["destinations"];
  readonly ready: KubernetesBucket["ready"];

  constructor(name: string, args: KubernetesBucketArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:bucket:S3", name, {}, options);
    const { label, region, ephemeral, origin } = args;
    const child = { parent: this, provider: awsProvider(args) };
    const suffix = new RandomId(`${name}-suffix`, { byteLength: 3 }, { parent: this, protect: !ephemeral });
    const made = new AwsBucket(
      name,
      { bucket: pulumi.interpolate`${label}-${suffix.hex}`, forceDestroy: ephemeral },
      { ...child, ...kept(args) },
    );
    const bucket = made.bucket;
    // As long as the bucket: `destroy` gets to these first, and must not open what it then keeps.
    const setting = { ...child, retainOnDelete: !ephemeral };
    const closed = new BucketPublicAccessBlock(
      name,
      {
        bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      setting,
    );
    new BucketPolicy(
      name,
      {
        bucket,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "TlsOnly",
              Effect: "Deny",
              Principal: "*",
              Action: "s3:*",
              Resource: [made.arn, pulumi.interpolate`${made.arn}/*`],
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
          ],
        }),
      },
      // S3 takes one change of a bucket's access at a time.
      { ...setting, dependsOn: [closed] },
    );
    new BucketServerSideEncryptionConfiguration(
      name,
      { bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
      setting,
    );
    const versioning = new BucketVersioning(
      name,
      { bucket, versioningConfiguration: { status: "Enabled" } },
      setting,
    );
    new BucketLifecycleConfiguration(
      name,
      {
        bucket,
        rules: [
          {
            id: "rest",
            status: "Enabled",
            filter: { prefix: "" },
            abortIncompleteMultipartUpload: { daysAfterInitiation: uploadMaxAge },
            noncurrentVersionExpiration: { noncurrentDays: versionMaxAge },
          },
        ],
      },
      { ...setting, dependsOn: [versioning] },
    );
    new BucketCorsConfiguration(
      name,
      { bucket, corsRules: [{ id: "page", allowedMethods: ["GET", "HEAD"], allowedOrigins: [origin] }] },
      setting,
    );
    const role = new AwsRole(
      `${name}-role`,
      {
        name: `${label}-bucket`,
        takenBy: "pods",
        allow: [
          { Action: ["s3:ListBucket"], Resource: made.arn },
          {
            Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            Resource: pulumi.interpolate`${made.arn}/*`,
          },
        ],
      },
      child,
    );
    const identities = args.serviceAccounts.map(
      (serviceAccount) =>
        new PodIdentityAssociation(
          `${name}-${serviceAccount}`,
          {
            clusterName: args.cluster.name,
            namespace: args.namespace,
            serviceAccount,
            roleArn: role.arn,
          },
          child,
        ),
    );
    this.variables = {
      S3_BUCKET: bucket,
      S3_REGION: region,
      S3_ENDPOINT: "",
      S3_FORCE_PATH_STYLE: "false",
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
    };
    // The agent, on the pod's own node; the bucket itself is public and on port 443.
    this.destinations = [{ to: { ranges: ["169.254.170.23/32"] }, port: 80 }];
    this.ready = [role, ...identities];
    this.registerOutputs();
  }
}
