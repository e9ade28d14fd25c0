import { expect, test } from "vitest";
import { Secret } from "../../../infra/plan/record.ts";
import { resourceOf } from "../../../infra/testing/index.ts";
import { ids, start } from "./stack.ts";

test.each([
  ["madrid", "eu-central-1"],
  ["frankfurt", "eu-central-1"],
  ["new-york", "us-east-1"],
  ["singapore", "ap-southeast-1"],
] as const)("near %s it is a project in %s", async (near, region) => {
  const { inputs } = resourceOf(await start("supabase", { near }), "testfarm:supabase:Project");
  expect(inputs).toEqual({
    name: "testfarm-test",
    organizationSlug: ids.supabase,
    region,
    password: expect.any(Secret) as Secret,
    deletionProtection: true,
  });
  expect((inputs["password"] as Secret).reveal()).toBe("canary-owner");
});
