import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Plan } from "../../../infra/plan/plan.ts";
import { type Ended, offlineCommand, root } from "./run.ts";

vi.setConfig({ testTimeout: 60_000 });

const project = join(root, "test/infra/fixtures/project");
const temporary = realpathSync(mkdtempSync(join(tmpdir(), "testfarm-plan-")));
const [home, elsewhere] = [join(temporary, "home"), join(temporary, "elsewhere")];
for (const directory of [home, elsewhere]) mkdirSync(directory);
afterAll(() => rmSync(temporary, { recursive: true }));

/** No credential, no setting of the caller's, no home to keep one in. */
const environment = { PATH: process.env["PATH"] ?? "", HOME: home };
const run = (...args: string[]): Ended => offlineCommand("plan", project, args, environment);

describe("a stack that is right", () => {
  let text: Ended;
  beforeAll(() => {
    text = run("priced");
  });

  test("ends with 0, with its plan on stdout and nothing on stderr", () => {
    expect(text.stderr).toBe("");
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^fixture priced: tier vps, 10 resources, 26\.50 USD a month\n\nResources\n/);
  });

  test("needs no network and no credential, and leaves nothing in the home directory", () => {
    expect(text.code).toBe(0);
    expect(readdirSync(home)).toEqual([]);
  });

  test("shows neither a secret nor its ciphertext", () => {
    expect(text.stdout).toMatch(/MODEL_KEY +\[secret\]\n/);
    expect(text.stdout).not.toMatch(/cyphertext/i);
  });

  test("is run from the program's own directory, as the engine does", () => {
    expect(text.stdout).toMatch(/DIRECTORY +program\n/);
  });
});

test("--json is the plan for programs", () => {
  const { code, stdout } = run("priced", "--json");
  expect(code).toBe(0);
  const { resources, cost, violations, outputs, effects, ...about } = JSON.parse(stdout) as Plan;
  expect(about).toEqual({ project: "fixture", stack: "priced", tier: "vps", notes: [] });
  expect(resources.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["server", "password", "service", "service-container"]),
  );
  expect(effects).toEqual([]);
  expect(violations).toContainEqual({
    rule: "memory-unlimited",
    severity: "error",
    resource: "docker:index/container:Container service-container",
    message: "may use all of the machine's memory; give it `memory`, in MB",
    waived: "nobody runs it",
  });
  expect(cost).toMatchObject({ usd: 26.5, complete: true, confirmed: false });
  expect(outputs).toEqual({
    ADDRESS: "[known after up]",
    CONTAINER: "[known after up]",
    DATABASE_URL: "[secret]",
    DIRECTORY: "program",
    MODEL_KEY: "[secret]",
    S3_BUCKET: "",
  });
});

test("--mermaid is a diagram", () => {
  const { code, stdout } = run("priced", "--mermaid");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^%% 26\.50 USD a month\nflowchart LR\n/);
});

describe("a stack with an unknown price and with example values", () => {
  let text: Ended;
  beforeAll(() => {
    text = offlineCommand("plan", project, ["unpriced"], { ...environment, CI: "true" });
  });

  test("ends with 0, says at least, and what to do first", () => {
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^fixture unpriced: tier vps, 10 resources, at least 2\.50 USD a month\n/);
    expect(text.stdout).toMatch(
      /\nBefore pulumi up\n {2}testfarm:adminCidrs\[0\]: .*\n {2}testfarm:sshPublicKey: .*\n$/,
    );
  });

  test("has no colours in a pipe, not even where CI is set", () => {
    expect(text.stdout).not.toContain("\u001B");
  });
});

describe("a stack that breaks a rule", () => {
  test("ends with 3, with its plan and what is broken, waived or not, on stdout", () => {
    const { code, stdout, stderr } = run("refused");
    expect([code, stderr]).toEqual([3, ""]);
    expect(stdout).toMatch(/^fixture refused: tier vps, 10 resources/);
    expect(stdout).toMatch(
      /\nRules that are broken: docs\/policy\.md\n {2}waived {3}ssh-open-to-world: .*\(waived: a drill\)\n/,
    );
    expect(stdout).toMatch(
      /\n {2}error {4}memory-unlimited: docker:index\/container:Container service-container .*; /,
    );
    expect(stdout).toMatch(/\n {2}warning {2}third-party-image-without-digest: .*; /);
  });

  test("ends with 3 in every format", () => {
    expect(run("refused", "--json").code).toBe(3);
    expect(run("refused", "--mermaid").code).toBe(3);
  });
});

describe("a stack that is wrong ends with 1", () => {
  test("and with all that is wrong on stderr, without a stack trace or the secret that stands in clear", () => {
    expect(run("wrong")).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^Pulumi\.wrong\.yaml has 4 errors:\n( {2}testfarm:(sesions|anthropicApiKey|adminCidrs|sshPublicKey): (?!.*canary).*\n){4}$/,
      ) as string,
    });
  });

  test("and with the program's own words where it refuses the tier", () => {
    expect(run("other")).toEqual({ code: 1, stdout: "", stderr: "tier local is not built yet\n" });
  });
});

describe("a command that is wrong ends with 2, with the reason and the help on stderr", () => {
  test.each([
    ["no stack", [], "name a stack: other, priced, refused, unpriced, wrong"],
    [
      "an unknown stack",
      ["prod"],
      'there is no stack "prod" (Pulumi.prod.yaml); there is other, priced, refused, unpriced, wrong',
    ],
    ["two stacks", ["priced", "wrong"], '"wrong" is too much; plan takes one stack'],
    ["an unknown option", ["priced", "--yaml"], "Unknown option '--yaml'"],
    ["two formats", ["priced", "--json", "--mermaid"], "--json and --mermaid exclude each other; choose one"],
  ])("%s", (_, args, reason) => {
    const { code, stdout, stderr } = run(...args);
    expect(stderr.split("\n")[0]).toBe(reason);
    expect(stderr).toContain("\n\nnpm run plan -- <stack> [--json | --mermaid]\n");
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  test("a directory that is no project", () => {
    const { code, stderr } = offlineCommand("plan", elsewhere, ["priced"], environment);
    expect(stderr.split("\n")[0]).toBe(
      `${elsewhere} holds no Pulumi.yaml; run it in the project's directory`,
    );
    expect(code).toBe(2);
  });
});

test("--help ends with 0, with the help on stdout, in any directory", () => {
  expect(offlineCommand("plan", elsewhere, ["--help"], environment)).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^npm run plan -- <stack> .*\n[\s\S]*ends with 0, with 1 when .* with 2 when/,
    ) as string,
    stderr: "",
  });
});
