import { join } from "node:path";
import { expect, test } from "vitest";
import type { Wire } from "../components/provider/client.ts";
import { openWorld } from "./stand-in/world.ts";
import { directory, start } from "./stand-in-client.ts";

const accountId = "4793d734c0b8e484dfc37ec392b5fa8a";
const bucket = { accountId, name: "testfarm-test", location: "weur" };
const cors = (origin: string) => ({
  accountId,
  bucketName: bucket.name,
  rules: [{ allowed: { methods: ["GET"], origins: [origin] } }],
});
const token = (id: string, resources: string) => ({
  accountId,
  name: bucket.name,
  policies: [{ effect: "allow", permissionGroups: [{ id }], resources }],
});
const group = "2efd5506f9c8494dacb1fa10a3e7d5b6";
const resources = JSON.stringify({
  [`com.cloudflare.edge.r2.bucket.${accountId}_default_testfarm-test`]: "*",
});
const types = {
  bucket: "cloudflare:index/r2Bucket:R2Bucket",
  cors: "cloudflare:index/r2BucketCors:R2BucketCors",
  lifecycle: "cloudflare:index/r2BucketLifecycle:R2BucketLifecycle",
  token: "cloudflare:index/accountToken:AccountToken",
};

test.each<[string, Wire, string[]]>([
  [types.bucket, bucket, ["name"]],
  [types.cors, cors("https://farm.test"), ["bucketName"]],
  [types.lifecycle, { accountId, bucketName: bucket.name }, ["bucketName"]],
  [types.token, token(group, resources), []],
])("%s is made, and another account or bucket replaces it", async (type, inputs, names) => {
  const client = await start(type);
  await client.create(inputs);
  const change = Object.fromEntries(["accountId", ...names].map((name) => [name, "other"]));
  const { replaces } = await client.diff(inputs, { ...inputs, ...change });
  expect(replaces).toEqual(["accountId", ...names]);
});

test("a token has an id of 32 digits and a value of 40", async () => {
  const client = await start(types.token, "tokens");
  const { id, properties } = await client.create(token(group, resources));
  expect(id).toMatch(/^[\da-f]{32}$/);
  expect(properties["value"]).toMatch(/^[\w-]{40}$/);
});

test.each<[string, Wire, RegExp]>([
  [types.bucket, { ...bucket, name: "Farm" }, /bucket name is not valid: Farm/],
  [types.bucket, { ...bucket, location: "mars" }, /must be one of: apac, .*got: mars/],
  [types.cors, cors("https://farm.test/"), /https:\/\/farm\.test\/ is not a valid origin/],
  [types.token, token("Bucket Item Write", resources), /permission group Bucket Item Write was not found/],
  [types.token, token(group, '{"bucket":"*"}'), /bucket is not a valid resource name/],
  [types.token, token(group, "bucket"), /must be a valid JSON: bucket/],
])("%s is refused as Cloudflare does", async (type, inputs, reason) => {
  const client = await start(type, "refusals");
  await expect(client.create(inputs)).rejects.toThrow(reason);
  expect(openWorld(join(directory, "refusals")).things()).toEqual([]);
});
