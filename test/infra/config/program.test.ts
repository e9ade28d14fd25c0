import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readStackFile } from "../../../infra/config/file.ts";
import { parseConfig, type RawConfig } from "../../../infra/config/parse.ts";
import { programConfig, readProgram } from "../../../infra/config/program.ts";
import type { Config } from "../../../infra/config/schema.ts";
import { record } from "../../../infra/plan/record.ts";
import { isFrozenInDepth, minimum, problemsOf, rawOf } from "./stack.ts";

/** What a function returns when it runs inside a program that was given a configuration. */
async function inProgram<T>({ values, secretKeys, file }: RawConfig, run: () => T): Promise<T> {
  const [, stack = ""] = file.split(".");
  let result: { readonly value: T } | undefined;
  const program = async () => {
    result = { value: run() };
  };
  await record(program, { project: "testfarm", stack, config: values, secretKeys });
  return result!.value;
}

describe.each([
  ["Pulumi.mvp.yaml", "."],
  ["Pulumi.scale.yaml", "."],
  ["Pulumi.priced.yaml", "test/infra/fixtures/project"],
  ["Pulumi.unpriced.yaml", "test/infra/fixtures/project"],
])("%s", (file, directory) => {
  test("says the same to the plan's reader and to the running program", async () => {
    const raw = readStackFile(join(directory, file), "testfarm");
    const config: Config = await inProgram(raw, programConfig);
    expect(config).toEqual(parseConfig(raw));
    expect(isFrozenInDepth(config)).toBe(true);
  });
});

test("what is wrong with a file is told in the same words by both", async () => {
  const raw = readStackFile("test/infra/fixtures/project/Pulumi.wrong.yaml", "testfarm");
  const problems = await inProgram(raw, () => problemsOf(() => programConfig()));
  expect(problems).toEqual(problemsOf(raw));
  expect(problems).toHaveLength(4);
});

test("an error that the program meets names the stack's file", async () => {
  const stack = { ...rawOf({ tier: "none" }), file: "Pulumi.shop.yaml" };
  await expect(inProgram(stack, programConfig)).rejects.toThrow(/^Pulumi\.shop\.yaml has 1 error:\n/);
});

test("the content of a secret does not reach the parser", async () => {
  const raw = rawOf(minimum.vps, { anthropicApiKey: "canary-decrypted" }, ["anthropicApiKey"]);
  const seen = await inProgram(raw, readProgram);
  expect(seen.secretKeys).toEqual(["testfarm:anthropicApiKey"]);
  expect(seen.values["testfarm:anthropicApiKey"]).toBe("[secret]");
  expect(seen.values["testfarm:tier"]).toBe("vps");
  expect(JSON.stringify(seen)).not.toContain("canary");
});
