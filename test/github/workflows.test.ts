import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { findOrInstall, orInstall } from "../support/debian.ts";
import { findOrBuild, orGo } from "../support/go-program.ts";
import { describeWith, type Service } from "../support/services.ts";
import { root } from "../infra/cli/run.ts";
import { rules } from "./rules.ts";
import { actionFiles, textOf, workflow, workflowFiles } from "./workflow.ts";

const run = promisify(execFile);
/** What a linter printed and how it ended. */
const lint = (program: string, ...args: string[]) =>
  run(program, args, { cwd: root }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );

const actionlint: Service<string> = {
  name: "actionlint",
  needs: `Set TEST_ACTIONLINT to the path of the program, ${orGo}`,
  find: async () =>
    process.env["TEST_ACTIONLINT"] ??
    findOrBuild({
      name: "linter actionlint",
      directory: join(import.meta.dirname, "actionlint"),
      module: "github.com/rhysd/actionlint",
      package: "cmd/actionlint",
      cachedAs: "actionlint",
    }),
};
const shellcheck: Service<string> = {
  name: "shellcheck",
  needs: orInstall("shellcheck"),
  find: () => findOrInstall("shellcheck", "shellcheck"),
};

await describeWith(actionlint, "workflows", (program) => {
  test("have nothing that actionlint finds wrong, in what they run neither where shellcheck is there", async () => {
    expect(await lint(program)).toEqual({ code: 0, stdout: "" });
  });
});

await describeWith(shellcheck, "scripts that workflows call", (program) => {
  test("have nothing that shellcheck finds wrong", async () => {
    const scripts = ["image-settings", "tell-result", "with-ssh-key"].map((name) => `ci/${name}`);
    expect(await lint(program, ...scripts)).toEqual({ code: 0, stdout: "" });
  });
});

describe.each(Object.entries(rules))("%s", (_, check) => {
  test.each([...workflowFiles(), ...actionFiles()])("%s", (file) => {
    expect(check(textOf(file))).toEqual([]);
  });
});

const fileWith = (steps: string, more = "") =>
  `on: push\npermissions: {}\njobs:\n  one:\n    permissions: {}\n${more}    steps:\n${steps}`;

describe("a rule sees what breaks it:", () => {
  const sha = "0123456789012345678901234567890123456789";

  test.each([
    ["every action is", "a tag", fileWith("      - uses: actions/checkout@v7\n")],
    ["every action is", "a commit without its version", fileWith(`      - uses: actions/checkout@${sha}\n`)],
    ["every action is", "a version that moves", fileWith(`      - uses: actions/checkout@${sha} # v7\n`)],
    ["nothing is allowed", "no permissions at the top", fileWith("").replace("permissions: {}\n", "")],
    [
      "nothing is allowed",
      "all of them",
      fileWith("").replace("permissions: {}\n", "permissions: write-all\n"),
    ],
    ["nothing is allowed", "a job that says nothing", fileWith("").replace("    permissions: {}\n", "")],
    ["a secret is", "one in a command", fileWith("      - run: echo ${{ secrets.A }}\n")],
    [
      "a secret is",
      "one of a whole job",
      fileWith("      - run: ls\n", "    env: { A: '${{ secrets.A }}' }\n"),
    ],
    ["a secret is", "all of them handed on", fileWith("", "    secrets: inherit\n")],
    [
      "a secret is",
      "one in the environment of somebody's action",
      fileWith("      - uses: a/b@c\n        env: { A: '${{ secrets.A }}' }\n"),
    ],
    [
      "a secret is",
      "one as an action's input",
      fileWith("      - uses: ./x\n        with: { a: '${{ secrets.A }}' }\n"),
    ],
    ["no workflow runs", "the trigger", fileWith("").replace("on: push", "on: pull_request_target")],
    ["no expression", "a title", fileWith("      - run: echo ${{ github.event.pull_request.title }}\n")],
    [
      "what others can write",
      "a title by way of the environment",
      fileWith("      - run: ls\n        env: { T: '${{ github.event.pull_request.title }}' }\n"),
    ],
    [
      "what others can write",
      "a branch's name as an action's input",
      fileWith("      - uses: ./x\n        with: { ref: '${{ vars.A || github.head_ref }}' }\n"),
    ],
    [
      "no checkout",
      "one as GitHub's default has it",
      fileWith(`      - uses: actions/checkout@${sha} # v7.0.1\n`),
    ],
  ])("%s ... %s", (name, _, text) => {
    const [, check] = Object.entries(rules).find(([rule]) => rule.startsWith(name))!;
    expect(check(text)).not.toEqual([]);
  });
});

const all = workflowFiles().map((file) => /(\w+)\.yml$/.exec(file)![1]!);
const jobs = all.flatMap((name) =>
  Object.entries(workflow(name).jobs).map(([job, value]) => [`${name}/${job}`, value] as const),
);

test("a job may no more than it does", () => {
  const reads = { contents: "read" };
  const pushes = { ...reads, packages: "write", "id-token": "write", attestations: "write" };
  const signsIn = { ...reads, "id-token": "write" };
  expect(Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]))).toEqual({
    "deploy/plan": reads,
    "deploy/images": pushes,
    "deploy/up": signsIn,
    "drift/drift": signsIn,
    "drift/issue": { ...reads, issues: "write" },
    "drill/drill": signsIn,
    "drill/issue": { ...reads, issues: "write" },
    "images/build": pushes,
    "preview/plan": reads,
    "preview/preview": signsIn,
    "preview/comment": { ...reads, "pull-requests": "write" },
    "test/test": reads,
  });
});

const secrets = (value: unknown) =>
  [...JSON.stringify(value ?? "").matchAll(/secrets\.(\w+)/g)].map(([, s]) => s);

test("a step gets the secrets that its command reads, in jobs of the environment that keeps them", () => {
  const given = jobs.flatMap(([name, { environment, steps = [] }]) =>
    steps
      .filter((step) => secrets(step).length > 0)
      .map((step) => [`${name} in ${environment}: ${step.run?.split(/ > |\n/)[0]}`, secrets(step.env)]),
  );
  const login = ["PULUMI_ACCESS_TOKEN"];
  const state = [...login, "PULUMI_CONFIG_PASSPHRASE"];
  const server = [...state, "SSH_PRIVATE_KEY", "DIGITALOCEAN_ACCESS_TOKEN"];
  const preview = 'ci/with-ssh-key node --import tsx infra/cli/preview.ts "$PULUMI_STACK"';
  expect(Object.fromEntries(given)).toEqual({
    'deploy/up in production: ci/with-ssh-key pulumi up --yes --non-interactive --stack "$PULUMI_STACK"':
      server,
    'deploy/up in production: ci/with-ssh-key npm run smoke -- "$PULUMI_STACK"': server,
    'drift/drift in preview: commit=$(node --import tsx infra/cli/deployed-commit.ts "$PULUMI_STACK")': login,
    'drift/drift in preview: pulumi config refresh --force --stack "$PULUMI_STACK"': state,
    [`drift/drift in preview: ${preview} --refresh --checkout deployed`]: server,
    "drill/drill in drill: node --import tsx infra/cli/drill.ts": [
      "BACKUP_ACCESS_KEY_ID",
      "BACKUP_SECRET_ACCESS_KEY",
      "BACKUP_PASSPHRASE",
    ],
    [`preview/preview in preview: ${preview}`]: server,
  });
});

describe("what deploys", () => {
  const { on, concurrency, jobs: own } = workflow("deploy");

  test("is one at a time, never cancelled, and no deployment waits behind a fork's run", () => {
    expect(concurrency).toEqual({
      group: "deploy-${{ github.event.workflow_run.event == 'pull_request' && github.run_id || 'main' }}",
      "cancel-in-progress": false,
    });
  });

  test("is what the tests of a push to main have passed", () => {
    expect(on).toMatchObject({ workflow_run: { workflows: [workflow("test").name], branches: ["main"] } });
    expect(JSON.stringify(own["plan"])).toContain("github.event.workflow_run.conclusion == 'success'");
  });
});

test("a fork's pull request starts no job that has a secret or writes", () => {
  const { preview, comment } = workflow("preview").jobs;
  for (const job of [preview, comment])
    expect(job!.if).toContain("github.event.pull_request.head.repo.full_name == github.repository");
});
