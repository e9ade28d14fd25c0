import { expect, test } from "vitest";
import { resourceOf } from "../../../infra/testing/index.ts";
import { ids, start } from "./stack.ts";

test.each([
  ["madrid", "aws-eu-central-1"],
  ["frankfurt", "aws-eu-central-1"],
  ["new-york", "aws-us-east-1"],
  ["singapore", "aws-ap-southeast-1"],
] as const)(
  "near %s it is a project in %s, whose log can be followed from the first day",
  async (near, region) => {
    const { inputs } = resourceOf(await start("neon", { near }), "testfarm:neon:Project");
    expect(inputs).toEqual({
      name: "testfarm-test",
      region,
      orgId: ids.neon,
      logicalReplication: true,
      deletionProtection: true,
    });
  },
);

test("an organization's own key needs no id of it", async () => {
  const { inputs } = resourceOf(await start("neon", {}, { accounts: {} }), "testfarm:neon:Project");
  expect(Object.keys(inputs)).not.toContain("orgId");
});
