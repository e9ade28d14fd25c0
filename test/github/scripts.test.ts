import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { basesOf } from "../../infra/images/third-party.ts";
import { root } from "../infra/cli/run.ts";
import { emptyDirectory, fixtureWith } from "./checkout.ts";
import { action, runStep, stepWith, workflow } from "./workflow.ts";

const environment = { PATH: process.env["PATH"] ?? "", HOME: emptyDirectory() };

const withKey = (command: string, SSH_PRIVATE_KEY: string) =>
  runStep({ run: `ci/with-ssh-key ${command}` }, root, { ...environment, SSH_PRIVATE_KEY });

describe("with-ssh-key", () => {
  const directory = emptyDirectory();
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "deploy", "-f", join(directory, "key")]);
  const key = readFileSync(join(directory, "key"), "utf8");
  test("runs a command that has the key by an agent, and not the key", async () => {
    // As GitHub keeps a secret: without the line break at its end.
    const { code, stdout } = await withKey("sh -c 'ssh-add -L; env; exit 7'", key.trimEnd());
    expect(code).toBe(7);
    expect(stdout).toContain(readFileSync(join(directory, "key.pub"), "utf8").trim());
    expect(stdout).toContain("SSH_AUTH_SOCK=");
    expect(stdout).not.toContain("PRIVATE");
  });

  test("ends the agent with the command", async () => {
    const { stdout } = await withKey("sh -c 'echo $SSH_AUTH_SOCK'", key);
    const after = { ...environment, SSH_AUTH_SOCK: stdout.trim() };
    const asked = await runStep({ run: "ssh-add -L" }, root, after);
    expect(asked.code).not.toBe(0);
    expect(asked.stdout).toBe("");
  });

  test("hands every word on as it is", async () => {
    const { stdout } = await withKey(`printf '%s|' 'a b' '' '$HOME' "it's"`, key);
    expect(stdout).toBe("a b||$HOME|it's|");
  });

  test("runs just the command where there is no key", async () => {
    expect(await withKey("sh -c 'echo ${SSH_AUTH_SOCK:-none}; exit 3'", "")).toEqual({
      code: 3,
      stdout: "none\n",
      stderr: "",
    });
  });

  test("does not run the command when the key is none", async () => {
    const { code, stdout } = await withKey("echo ran", "no key");
    expect(code).not.toBe(0);
    expect(stdout).toBe("");
  });
});

test("images are named after the repository, in lower case, and built on the Dockerfile's bases", async () => {
  const step = stepWith(workflow("images").jobs["build"]!.steps, "ci/image-settings");
  const output = join(emptyDirectory(), "output");
  const { code } = await runStep(step, root, {
    ...environment,
    GITHUB_REPOSITORY: "Acme/TestFarm",
    GITHUB_OUTPUT: output,
  });
  expect(code).toBe(0);
  const [repository, begin, ...rest] = readFileSync(output, "utf8").trimEnd().split("\n");
  expect([repository, begin, rest.at(-1)]).toEqual(["repository=ghcr.io/acme/testfarm", "bases<<END", "END"]);
  const bases = Object.entries(basesOf(readFileSync(join(root, "Dockerfile"), "utf8")));
  expect(rest.slice(0, -1).map((line) => line.split("@")[0])).toEqual(bases.map((each) => each.join("=")));
});

test("images are told as JSON, for people and for other workflows", async () => {
  const step = stepWith(workflow("images").jobs["build"]!.steps, "images.json");
  const directory = emptyDirectory();
  const [APP, WEB] = ["app", "web"].map((name) => `ghcr.io/acme/${name}@sha256:${"0".repeat(64)}`) as [
    string,
    string,
  ];
  const summary = join(directory, "summary");
  await runStep(step, directory, { ...environment, APP, WEB, GITHUB_STEP_SUMMARY: summary });
  for (const file of [summary, join(directory, "images.json")])
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ app: APP, web: WEB });
});

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

/** A checkout with that file, in which a step's command runs. */
function checkout(content: string) {
  const directory = fixtureWith();
  writeFileSync(join(directory, "Pulumi.validation.yaml"), content);
  const output = join(directory, "output");
  return {
    run: (step: { readonly run: string }, variables: Readonly<Record<string, string>> = {}) =>
      runStep(step, directory, {
        ...environment,
        PULUMI_STACK: "validation",
        GITHUB_OUTPUT: output,
        ...variables,
      }),
    file: () => readFileSync(join(directory, "Pulumi.validation.yaml"), "utf8"),
    output: () => readFileSync(output, "utf8"),
  };
}

describe("images of a stack", () => {
  const steps = workflow("deploy").jobs["up"]!.steps;
  const file = `# Ours.
config:
  testfarm:tier: paas
  testfarm:image:
    # Set by the workflow.
    app: ghcr.io/example/testfarm@${digest("0")}
  testfarm:railwayToken:
    secure: v1:abc/def+very-long-${"x".repeat(120)}==
encryptionsalt: v1:salt
`;
  const named = stepWith(workflow("deploy").jobs["plan"]!.steps, "stack-images");
  const set = stepWith(steps, "stack-images");

  test("are those that its file names; all else in the file stays as it is", async () => {
    const { run, file: now, output } = checkout(file);
    expect(await run(named)).toMatchObject({ code: 0 });
    expect(output()).toBe("named=app\n");
    const [APP, WEB] = [`ghcr.io/acme/testfarm@${digest("1")}`, `ghcr.io/acme/testfarm-web@${digest("2")}`];
    expect(await run(set, { APP, WEB })).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(now()).toBe(file.replace(/ghcr.*/, APP));
  });

  test("are none where Pulumi builds them", async () => {
    const { run, output } = checkout("config:\n  testfarm:tier: vps\n");
    expect(await run(named)).toMatchObject({ code: 0 });
    expect(output()).toBe("named=\n");
  });

  test("that are no digests are refused, and nothing is written", async () => {
    const { run, file: now } = checkout(file);
    const refused = await run(set, { APP: "ghcr.io/acme/testfarm@", WEB: "" });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(
      '--app is "ghcr.io/acme/testfarm@"; it must have a digest, such as ghcr.io/acme/testfarm@sha256:...',
    );
    expect(now()).toBe(file);
  });

  test("that the file names and the workflow has not are refused", async () => {
    const { run } = checkout(file);
    const refused = await run({ run: `node --import tsx infra/cli/stack-images.ts validation --web x` });
    expect(refused.stderr).toContain("the stack's file names app; give it by --app");
  });
});

describe("programs by which one gets into a stack's cluster", () => {
  const { steps } = action("pulumi").runs;
  const asks = stepWith(steps, "stack-cluster");
  const output = join(emptyDirectory(), "output");
  const clusterOf = async (stack: string) => {
    writeFileSync(output, "");
    const ended = await runStep(asks, root, { ...environment, PULUMI_STACK: stack, GITHUB_OUTPUT: output });
    return { ...ended, told: readFileSync(output, "utf8") };
  };

  test("are those of the cloud that the stack's file names, and none on another tier", async () => {
    expect(await clusterOf("scale")).toMatchObject({ code: 0, told: "cluster=gke\n" });
    expect(await clusterOf("mvp")).toMatchObject({ code: 0, told: "cluster=\n" });
  });

  test("are not guessed for a stack that is not there", async () => {
    const { code, stderr, told } = await clusterOf("nowhere");
    expect([code, told]).toEqual([2, ""]);
    expect(stderr).toContain('there is no stack "nowhere"');
  });

  test.each([
    ["gke", ["google-github-actions/setup-gcloud"]],
    ["aks", ["azure/login", "az account get-access-token", "azure/use-kubelogin"]],
    ["doks", ["digitalocean/action-doctl"]],
    // The AWS CLI is there; into a cluster of one's own one gets as its kubeconfig says.
    ["eks", []],
    ["existing", []],
    ["", []],
  ])("at %s are %j", (cluster, wanted) => {
    const forClusters = steps.filter((step) => step.if?.includes("outputs.cluster"));
    const taken = forClusters.filter(
      (step) => step.if === `steps.${asks.id}.outputs.cluster == '${cluster}'`,
    );
    expect(taken.map(({ uses, run }) => uses?.split("@")[0] ?? run!.split(" --")[0])).toEqual(wanted);
  });
});
