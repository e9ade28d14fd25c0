import { expect, test } from "vitest";
import { resourceOf } from "../../../infra/testing/index.ts";
import { ids, start } from "./stack.ts";

test.each([
  ["madrid", "frankfurt"],
  ["frankfurt", "frankfurt"],
  ["new-york", "virginia"],
  ["singapore", "singapore"],
] as const)("near %s it is in %s, drops nothing, and nobody outside reaches it", async (near, region) => {
  const { inputs } = resourceOf(await start("render", { near }), "testfarm:render:KeyValue");
  // Without a list of addresses there is none that may come in from outside.
  expect(inputs).toEqual({
    name: "testfarm-test",
    ownerId: ids.render,
    region,
    plan: "starter",
    maxmemoryPolicy: "noeviction",
    deletionProtection: true,
  });
});
