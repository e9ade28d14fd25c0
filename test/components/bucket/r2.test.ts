import { expect, test } from "vitest";
import { resourceOf } from "../../../infra/testing/index.ts";
import { accounts, origin, start } from "./stack.ts";

const accountId = accounts.cloudflare;
const ofBucket = { accountId, bucketName: "testfarm-test", jurisdiction: "default" };

test.each([
  ["madrid", "weur"],
  ["frankfurt", "weur"],
  ["new-york", "enam"],
  ["singapore", "apac"],
] as const)("near %s it is in %s", async (near, location) => {
  const { inputs } = resourceOf(await start("r2", { near }), "cloudflare:index/r2Bucket:R2Bucket");
  expect(inputs).toEqual({ accountId, name: "testfarm-test", jurisdiction: "default", location });
});

test("of its objects none expires: only uploads that nobody completes are given up, after a week", async () => {
  const { inputs } = resourceOf(await start("r2"), "cloudflare:index/r2BucketLifecycle:R2BucketLifecycle");
  expect(inputs).toEqual({
    ...ofBucket,
    rules: [
      {
        id: "incomplete-uploads",
        enabled: true,
        conditions: { prefix: "" },
        abortMultipartUploadsTransition: { condition: { type: "Age", maxAge: 604_800 } },
      },
    ],
  });
});

test("scripts of the page may read, and of no other origin", async () => {
  const { inputs } = resourceOf(await start("r2"), "cloudflare:index/r2BucketCors:R2BucketCors");
  expect(inputs).toEqual({
    ...ofBucket,
    rules: [{ id: "page", allowed: { methods: ["GET", "HEAD"], origins: [origin] } }],
  });
});

test("its token reads and writes objects of this bucket only", async () => {
  const recording = await start("r2");
  const token = resourceOf(recording, "cloudflare:index/accountToken:AccountToken");
  expect(token.inputs).toEqual({
    accountId,
    name: "testfarm-test",
    policies: [
      {
        effect: "allow",
        permissionGroups: [{ id: "2efd5506f9c8494dacb1fa10a3e7d5b6" }],
        resources: JSON.stringify({
          [`com.cloudflare.edge.r2.bucket.${accountId}_default_testfarm-test`]: "*",
        }),
      },
    ],
  });
  const made = resourceOf(recording, "cloudflare:index/r2Bucket:R2Bucket");
  expect(token.dependsOn).toEqual([made.key]);
});
