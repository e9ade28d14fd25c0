import { expect, test } from "vitest";
import { resourceOf } from "../../../infra/testing/index.ts";
import { start } from "./stack.ts";

test.each([
  ["madrid", "eu-central-1"],
  ["frankfurt", "eu-central-1"],
  ["new-york", "us-east-1"],
  ["singapore", "ap-southeast-1"],
] as const)(
  "near %s it is in %s, on a plan that bills no commands, and drops nothing",
  async (near, region) => {
    const { inputs } = resourceOf(await start("upstash", { near }), "testfarm:upstash:Redis");
    expect(inputs).toEqual({
      name: "testfarm-test",
      region,
      plan: "fixed_250mb",
      eviction: false,
      deletionProtection: true,
    });
  },
);
