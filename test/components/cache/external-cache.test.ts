import { describe, expect, test } from "vitest";
import * as pulumi from "@pulumi/pulumi";
import { ExternalCache } from "../../../components/cache/external.ts";
import { recordProgram, Secret } from "../../../infra/testing/index.ts";
import { cacheArgs, cacheConformance } from "../kubernetes-place.ts";

const address = pulumi.secret("rediss://app:canary-cache@redis.test:6380");

const start = (url: pulumi.Input<string>, isCluster = false) =>
  recordProgram(
    async () => {
      const { variables, destinations } = new ExternalCache(
        "cache",
        cacheArgs({ external: { url, isCluster } }),
      );
      return { ...variables, destinations };
    },
    { preview: false },
  );

describe("a Redis that is there", () => {
  cacheConformance(
    async (args) => new ExternalCache("cache", { ...args, external: { url: address, isCluster: false } }),
    { kept: [] },
  );

  test("is one server, or a cluster where the configuration says so", async () => {
    const { outputs } = await start(address);
    expect((outputs["REDIS_URL"] as Secret).reveal()).toBe("rediss://app:canary-cache@redis.test:6380");
    expect(outputs["REDIS_CLUSTER"]).toBe("");
    expect((await start(address, true)).outputs["REDIS_CLUSTER"]).toBe("true");
  });

  test("pods may go to any address on its port, which is no secret", async () => {
    const { outputs } = await start(address);
    expect(outputs["destinations"]).toEqual([{ to: { ranges: ["0.0.0.0/0"] }, port: 6380 }]);
    const usual = await start(pulumi.secret("redis://redis.test"));
    expect(usual.outputs["destinations"]).toMatchObject([{ port: 6379 }]);
  });
});
