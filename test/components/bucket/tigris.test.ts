import { expect, test } from "vitest";
import { resourceOf } from "../../../infra/testing/index.ts";
import { start } from "./stack.ts";

test("its name has digits of its own, and its owner is looked up", async () => {
  const recording = await start("tigris");
  const made = resourceOf(recording, "testfarm:fly:Bucket");
  expect(made.inputs).toEqual({
    name: "testfarm-test-a1b2c3",
    organizationId: "org-node-1",
    deletionProtection: true,
  });
  expect(made.provider).toBe("pulumi:providers:testfarm::fly");
  expect(resourceOf(recording, "testfarm:fly:Organization").inputs).toEqual({ slug: "farm" });
});

test("what makes its name is protected with it: another name would be another bucket", async () => {
  const suffix = resourceOf(await start("tigris"), "random:index/randomId:RandomId");
  expect(suffix).toMatchObject({ protect: true, inputs: { byteLength: 3 } });
});
