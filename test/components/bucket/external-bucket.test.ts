import { describe, expect, test } from "vitest";
import * as pulumi from "@pulumi/pulumi";
import { ExternalBucket } from "../../../components/bucket/external.ts";
import type { KubernetesBucketArgs } from "../../../infra/contracts/kubernetes.ts";
import { recordProgram, Secret } from "../../../infra/testing/index.ts";
import { bucketArgs, bucketConformance } from "../kubernetes-place.ts";

type External = NonNullable<KubernetesBucketArgs["external"]>;
const externalKey = { id: pulumi.secret("canary-key-id"), secret: pulumi.secret("canary-key") };

const start = (external: External) =>
  recordProgram(
    async () => {
      const { variables, destinations } = new ExternalBucket("bucket", bucketArgs({ external, externalKey }));
      return { ...variables, destinations };
    },
    { preview: false },
  );

const atAws: External = { bucket: "pictures", region: "eu-west-1", forcePathStyle: false };
const at = (endpoint: string): External => ({ bucket: "pictures", endpoint, forcePathStyle: true });

describe("a bucket that is there", () => {
  bucketConformance(async (args) => new ExternalBucket("bucket", { ...args, external: atAws, externalKey }), {
    kept: [],
  });

  test("is at AWS, or where its endpoint is", async () => {
    expect((await start(atAws)).outputs).toMatchObject({
      S3_BUCKET: "pictures",
      S3_REGION: "eu-west-1",
      S3_ENDPOINT: "",
      S3_FORCE_PATH_STYLE: "false",
    });
    const { outputs } = await start(at("https://s3.test"));
    expect(outputs).toMatchObject({
      S3_REGION: "us-east-1",
      S3_ENDPOINT: "https://s3.test",
      S3_FORCE_PATH_STYLE: "true",
    });
    expect((outputs["AWS_SECRET_ACCESS_KEY"] as Secret).reveal()).toBe("canary-key");
  });

  test.each([
    ["at AWS", atAws, []],
    ["by a name on port 443", at("https://s3.test"), []],
    [
      "by a name on another port",
      at("http://minio.store.svc:9000"),
      [{ to: { ranges: ["0.0.0.0/0"] }, port: 9000 }],
    ],
    ["at an address", at("https://10.0.0.7"), [{ to: { ranges: ["10.0.0.7/32"] }, port: 443 }]],
  ])("pods may go to it %s", async (_, external, destinations) => {
    expect((await start(external)).outputs["destinations"]).toEqual(destinations);
  });

  test("port 80 is not opened: a cloud tells a machine's own keys there", async () => {
    await expect(start(at("http://s3.test"))).rejects.toThrow(
      'testfarm:externalBucket.endpoint: "http://s3.test" is on port 80, where clouds tell a machine\'s own keys; use https, or another port',
    );
  });
});
