import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { addressesOf } from "../../../app/services.ts";
import { storages } from "../../../app/storage/index.ts";
import { testServices } from "../../support/api.ts";

const database = "postgres://app@db/testfarm";
const disk = { DATABASE_URL: database, STORAGE_DIR: "/pictures" };

describe("the environment names", () => {
  test("nothing but a database and a directory: all runs on those", () => {
    expect(addressesOf(disk)).toEqual({
      databaseUrl: database,
      directUrl: database,
      redis: undefined,
      isTraced: false,
      storageDirectory: "/pictures",
    });
  });

  test("a pooled address and a direct one", () => {
    const pooled = "postgres://app@pool/testfarm";
    expect(addressesOf({ ...disk, DATABASE_URL: pooled, DATABASE_DIRECT_URL: database })).toMatchObject({
      databaseUrl: pooled,
      directUrl: database,
    });
  });

  test.each([
    { REDIS_URL: "redis://cache", redis: { url: "redis://cache", isCluster: false } },
    { REDIS_URL: "redis://cache", REDIS_CLUSTER: true, redis: { url: "redis://cache", isCluster: true } },
  ])("a Redis: $redis", ({ redis, ...env }) => {
    expect(addressesOf({ ...disk, ...env })).toMatchObject({ redis });
  });

  test("a collector: the queue carries traces", () => {
    const env = { ...disk, OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
    expect(addressesOf(env)).toMatchObject({ isTraced: true });
  });

  test("a bucket, which then is the place for pictures", () => {
    const bucket = { S3_BUCKET: "pictures", S3_REGION: "eu-west-1" };
    expect(addressesOf({ ...disk, ...bucket })).toEqual({
      databaseUrl: database,
      directUrl: database,
      redis: undefined,
      isTraced: false,
      bucket: { name: "pictures", region: "eu-west-1", endpoint: undefined, forcePathStyle: undefined },
    });
    const key = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" };
    expect(addressesOf({ ...disk, ...bucket, ...key })).toMatchObject({
      bucket: { credentials: { accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" } },
    });
  });
});

test("who has neither Redis nor a bucket loads nothing of either", async () => {
  const { cache } = createRequire(import.meta.url);
  const loaded = () =>
    ["ioredis", "@aws-sdk"].filter((name) =>
      Object.keys(cache).some((file) => file.includes(`/node_modules/${name}/`)),
    );
  await testServices();
  expect(loaded()).toEqual([]);
  await storages.s3({ name: "pictures" });
  expect(loaded()).toEqual(["@aws-sdk"]);
});
