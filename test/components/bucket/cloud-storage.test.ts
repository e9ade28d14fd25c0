import { beforeAll, describe, expect, test } from "vitest";
import { CloudStorageBucket } from "../../../components/bucket/cloud-storage.ts";
import type { KubernetesBucketArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, resourceOf, Secret, type Recording } from "../../../infra/testing/index.ts";
import { respond } from "../gcp/answers.ts";
import { bucketArgs, bucketConformance } from "../kubernetes-place.ts";

const make = async (args: KubernetesBucketArgs) => new CloudStorageBucket("bucket", args);

const start = (change: Partial<KubernetesBucketArgs> = {}) =>
  recordProgram(
    async () => {
      const { variables, destinations } = await make(bucketArgs(change));
      return { ...variables, destinations };
    },
    { respond },
  );

/** As it is without any change. */
let standard: Recording;
beforeAll(async () => {
  standard = await start();
});

bucketConformance(make, { respond, kept: ["bucket"] });

describe("a bucket at Google Cloud Storage", () => {
  test("is in the stack's region, under a name that is the project's, and nothing in it can be made public", () => {
    expect(resourceOf(standard, "gcp:storage/bucket:Bucket").inputs).toMatchObject({
      name: "farm-project-testfarm-test",
      location: "EUROPE-SOUTHWEST1",
      storageClass: "STANDARD",
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      forceDestroy: false,
    });
  });

  test("what is removed can be brought back for a week, and goes with an ephemeral stack at once", async () => {
    expect(resourceOf(standard, "gcp:storage/bucket:Bucket").inputs).toMatchObject({
      softDeletePolicy: { retentionDurationSeconds: 604_800 },
    });
    const recording = await start({ ephemeral: true });
    expect(resourceOf(recording, "gcp:storage/bucket:Bucket").inputs).toMatchObject({
      softDeletePolicy: { retentionDurationSeconds: 0 },
      forceDestroy: true,
    });
  });

  test("none of its objects expires: only uploads that nobody completes are given up, after a week", () => {
    const { inputs } = resourceOf(standard, "gcp:storage/bucket:Bucket");
    expect(inputs["lifecycleRules"]).toEqual([
      { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
    ]);
  });

  test("scripts of the page may read, and of no other origin", () => {
    const { inputs } = resourceOf(standard, "gcp:storage/bucket:Bucket");
    expect(inputs["cors"]).toEqual([
      { origins: ["https://farm.test"], methods: ["GET", "HEAD"], maxAgeSeconds: 3600 },
    ]);
  });

  test("its key is of an account that reads and writes objects of this bucket only", () => {
    expect(resourceOf(standard, "gcp:serviceaccount/account:Account").inputs["accountId"]).toBe(
      "testfarm-test-bucket",
    );
    expect(resourceOf(standard, "gcp:storage/bucketIAMMember:BucketIAMMember").inputs).toEqual({
      bucket: "farm-project-testfarm-test",
      role: "roles/storage.objectUser",
      member: "serviceAccount:account@farm-project.iam.gserviceaccount.com",
    });
    expect(standard.resources.filter(({ type }) => type.startsWith("gcp:projects/"))).toEqual([]);
    expect(resourceOf(standard, "gcp:storage/hmacKey:HmacKey").inputs).toEqual({
      serviceAccountEmail: "account@farm-project.iam.gserviceaccount.com",
    });
  });

  test("is spoken to by S3, which workers may reach anyway", () => {
    const { outputs } = standard;
    expect(outputs).toEqual({
      S3_BUCKET: "farm-project-testfarm-test",
      S3_REGION: "auto",
      S3_ENDPOINT: "https://storage.googleapis.com",
      S3_FORCE_PATH_STYLE: "true",
      AWS_ACCESS_KEY_ID: new Secret("canary-key-id"),
      AWS_SECRET_ACCESS_KEY: new Secret("canary-key"),
      destinations: [],
    });
  });
});
