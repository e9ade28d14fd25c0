import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { resourceClass, VendorAccount } from "../../../../components/provider/vendor/program.ts";
import { upstash } from "../../../../components/provider/vendors/upstash.ts";
import { canariesInClear, recordProgram, resourceOf, Secret } from "../../../../infra/testing/index.ts";

const Redis = resourceClass("upstash", "Redis", upstash.kinds.Redis);
const canary = "canary-key-of-upstash";

const recording = recordProgram(
  async () => {
    const provider = new VendorAccount("upstash", {
      vendor: "upstash",
      credentials: { email: "owner@farm.test", apiKey: pulumi.output(canary) },
      endpoint: "http://127.0.0.1:1",
      interval: 5,
    });
    const { host, password } = new Redis(
      "cache",
      { name: "testfarm-test", region: pulumi.output("eu-central-1" as const) },
      { provider, protect: true },
    );
    return { url: pulumi.interpolate`rediss://default:${password}@${host}` };
  },
  {
    respond: ({ type }) =>
      type === "testfarm:upstash:Redis"
        ? { state: { host: "a.upstash.io", port: 6379, password: "canary-password" } }
        : {},
  },
);

test("an account is a provider whose credentials are one secret", async () => {
  expect(resourceOf(await recording, "pulumi:providers:testfarm", "upstash").inputs).toEqual({
    vendor: "upstash",
    credentials: new Secret(JSON.stringify({ email: "owner@farm.test", apiKey: canary })),
    endpoint: "http://127.0.0.1:1",
    interval: "5",
  });
});

test("a resource has the kind's inputs, and its outputs are what programs go on with", async () => {
  const made = resourceOf(await recording, "testfarm:upstash:Redis", "cache");
  expect(made.inputs).toEqual({ name: "testfarm-test", region: "eu-central-1" });
  expect(made.protect).toBe(true);
  const { outputs } = await recording;
  expect(outputs["url"]).toEqual(new Secret("rediss://default:canary-password@a.upstash.io"));
});

test("nothing of an account is in clear", async () => {
  expect(canariesInClear(await recording, [canary, "canary-password"])).toEqual([]);
});
