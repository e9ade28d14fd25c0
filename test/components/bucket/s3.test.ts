import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { kubernetesBucket } from "../../../components/bucket/index.ts";
import type { KubernetesBucketArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, resourceOf } from "../../../infra/testing/index.ts";
import { answersOf } from "../aws/answers.ts";
import { bucketArgs, bucketConformance } from "../kubernetes-place.ts";

const region = "eu-south-2";
const make = (args: KubernetesBucketArgs) => kubernetesBucket.eks("bucket", { ...args, region });

// The name's random end lives in the state alone, and is protected by the next test.
const name = "testfarm-test-c0ffee";
const bucket = "aws:s3/bucket:Bucket";

bucketConformance(make, { respond: answersOf, kept: ["bucket"] });

const start = (change: Partial<KubernetesBucketArgs> = {}) =>
  recordProgram(
    async () => {
      const { variables, destinations, ready } = await make(bucketArgs(change));
      return { ...variables, destinations, ready: pulumi.all(ready.map(({ urn }) => urn)) };
    },
    { preview: false, respond: answersOf },
  );

test("has a name that nobody else has, and keeps what is in it", async () => {
  const recording = await start();
  expect(resourceOf(recording, bucket).inputs).toEqual({ bucket: name, forceDestroy: false });
  expect(resourceOf(recording, "random:index/randomId:RandomId")).toMatchObject({ protect: true });
  expect(resourceOf(await start({ ephemeral: true }), bucket).inputs["forceDestroy"]).toBe(true);
});

test("is open to nobody, and to none of the stack without TLS", async () => {
  const recording = await start();
  const closed = resourceOf(recording, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock");
  expect(closed.inputs).toEqual({
    bucket: name,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  const { inputs, dependsOn } = resourceOf(recording, "aws:s3/bucketPolicy:BucketPolicy");
  const { Statement } = JSON.parse(inputs["policy"] as string) as { Statement: object[] };
  expect(Statement).toEqual([
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: ["arn:aws:s3:::testfarm-test-c0ffee", "arn:aws:s3:::testfarm-test-c0ffee/*"],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ]);
  expect(dependsOn).toContain(closed.key);
});

test("is encrypted, and keeps what was removed or replaced for 30 days", async () => {
  const recording = await start();
  const inputs = (kind: string) =>
    resourceOf(recording, `aws:s3/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`).inputs;
  expect(inputs("BucketServerSideEncryptionConfiguration")["rules"]).toEqual([
    { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
  ]);
  expect(inputs("BucketVersioning")["versioningConfiguration"]).toEqual({ status: "Enabled" });
  expect(inputs("BucketLifecycleConfiguration")["rules"]).toEqual([
    {
      id: "rest",
      status: "Enabled",
      filter: { prefix: "" },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      noncurrentVersionExpiration: { noncurrentDays: 30 },
    },
  ]);
});

test("stays as closed as it is when it is kept", async () => {
  const { resources } = await start();
  const settings = resources.filter(({ type }) => type.startsWith("aws:s3/bucket"));
  expect(settings.filter(({ retainOnDelete }) => !retainOnDelete)).toEqual([]);
});

test("scripts of the page may read, and of no other origin", async () => {
  const { inputs } = resourceOf(await start(), "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration");
  expect(inputs["corsRules"]).toEqual([
    { id: "page", allowedMethods: ["GET", "HEAD"], allowedOrigins: ["https://farm.test"] },
  ]);
});

test("lets the pods of api and worker in by who they are, to its objects alone, without any key", async () => {
  const recording = await start();
  const identities = recording.resources.filter(
    ({ type }) => type === "aws:eks/podIdentityAssociation:PodIdentityAssociation",
  );
  expect(identities.map(({ inputs }) => inputs)).toEqual(
    ["api", "worker"].map((serviceAccount) => ({
      clusterName: "testfarm-test",
      namespace: "testfarm",
      serviceAccount,
      roleArn: "arn:aws:iam::123456789012:role/testfarm-test-bucket",
    })),
  );
  const { inputs } = resourceOf(recording, "aws:iam/rolePolicy:RolePolicy");
  expect(JSON.parse(inputs["policy"] as string)).toMatchObject({
    Statement: [
      { Effect: "Allow", Action: ["s3:ListBucket"], Resource: "arn:aws:s3:::testfarm-test-c0ffee" },
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        Resource: "arn:aws:s3:::testfarm-test-c0ffee/*",
      },
    ],
  });
  expect(recording.outputs).toMatchObject({
    S3_BUCKET: name,
    S3_REGION: region,
    S3_ENDPOINT: "",
    S3_FORCE_PATH_STYLE: "false",
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    destinations: [{ to: { ranges: ["169.254.170.23/32"] }, port: 80 }],
  });
  // A pod has no identity that was given after it was made.
  const ready = recording.outputs["ready"] as string[];
  for (const { name: identity } of identities)
    expect(
      ready.some((urn) => urn.endsWith(`:${identity}`)),
      identity,
    ).toBe(true);
});
