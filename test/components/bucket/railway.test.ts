import { expect, test } from "vitest";
import { resourceOf } from "../../../infra/testing/index.ts";
import { start } from "./stack.ts";

test.each([
  ["madrid", "ams"],
  ["frankfurt", "ams"],
  ["new-york", "iad"],
  ["singapore", "sin"],
] as const)("near %s it is in %s, in the stack's project", async (near, region) => {
  const recording = await start("railway", { near });
  const made = resourceOf(recording, "testfarm:railway:Bucket");
  expect(made.inputs).toEqual({
    project: "project-1",
    environment: "environment-1",
    name: "testfarm-test",
    region,
    deletionProtection: true,
  });
  expect(made.provider).toBe("pulumi:providers:testfarm::railway");
});

test("an old one is addressed by paths, as Railway says of it", async () => {
  const { outputs } = await start("railway", {}, { answer: { urlStyle: "path" } });
  expect(outputs["S3_FORCE_PATH_STYLE"]).toBe("true");
});
