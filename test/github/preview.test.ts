import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { beforeAll, expect, test, vi } from "vitest";
import { openEngine, type Engine } from "../engine/engine.ts";
import { pulumiCli } from "../engine/find-cli.ts";
import { operatorOf } from "../infra/cli/operator.ts";
import { root } from "../infra/cli/run.ts";
import { describeWith } from "../support/services.ts";
import { emptyDirectory } from "./checkout.ts";
import { seen } from "./seen.ts";
import { runStep, stepWith, workflow, type Step } from "./workflow.ts";

vi.setConfig({ testTimeout: 240_000 });

const program = `
import * as pulumi from "@pulumi/pulumi";
import { Project } from "@pulumi/digitalocean/project.js";
const config = new pulumi.Config();
const password = config.getSecret("password") ?? "";
new Project("one", { name: config.require("label"), description: pulumi.interpolate\`canary \${password}\` });
`;

await describeWith(pulumiCli, "a stack on the real engine", (cli) => {
  let engine: Engine;
  let checkout: string;
  let environment: Record<string, string>;
  let commit: string;

  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], {
      cwd: checkout,
      encoding: "utf8",
    }).trim();
  const pulumi = (...args: string[]) =>
    execFileSync(cli, [...args, "--stack", "dev", "--non-interactive"], {
      cwd: checkout,
      env: environment,
      encoding: "utf8",
    });
  const configure = (label: string) =>
    writeFileSync(join(checkout, "Pulumi.dev.yaml"), stringify({ config: { "testfarm:label": label } }));
  const preview = (...flags: string[]) =>
    runStep(
      { run: ["node --import tsx infra/cli/preview.ts dev --checkout", checkout, ...flags].join(" ") },
      root,
      environment,
    );
  const drift = workflow("drift").jobs["drift"]!.steps;
  /** A step of the workflow, in the checkout of what is deployed where it runs there. */
  const runHere = (step: Step & { readonly run: string }, variables: Readonly<Record<string, string>> = {}) =>
    runStep(step, step["working-directory"] === "deployed" ? checkout : root, {
      ...environment,
      ...variables,
      PULUMI_STACK: "dev",
    });

  beforeAll(async () => {
    const directory = emptyDirectory();
    checkout = emptyDirectory();
    engine = openEngine(cli, directory);
    environment = {
      ...operatorOf(cli, directory),
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
    const runtime = { name: "nodejs", options: { typescript: false } };
    writeFileSync(join(checkout, "Pulumi.yaml"), stringify({ name: "testfarm", runtime, main: "index.js" }));
    writeFileSync(join(checkout, "package.json"), '{ "type": "module" }');
    writeFileSync(join(checkout, "index.js"), program);
    symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
    configure("first");
    git("init", "--quiet");
    git("add", "index.js");
    git("commit", "--quiet", "--message", "what is deployed");
    commit = git("rev-parse", "HEAD");
    await engine.createStack("dev");
  });

  test("has no commit before it was ever up", async () => {
    const { code, stderr } = await runHere(stepWith(drift, "deployed-commit"), {
      GITHUB_OUTPUT: "/dev/null",
    });
    expect(stderr).toContain("Stack dev has no pulumi up behind it that succeeded.");
    expect(code).not.toBe(0);
  });

  test("is previewed as a table of what up would do, without a value of it", async () => {
    const { code, stdout, stderr } = await preview();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(seen(stdout)).toMatch(
      /^### What `pulumi up` would do with dev\n\n[\s\S]*\| create \| digitalocean Project \| one \|  \|\n/,
    );
    expect(stdout).not.toContain("canary");
  });

  test("whose preview fails has the reason in its report", async () => {
    writeFileSync(join(checkout, "Pulumi.dev.yaml"), "config: {}\n");
    const { code, stdout } = await preview();
    configure("first");
    expect(code).toBe(1);
    expect(seen(stdout)).toContain("There is no preview:");
    expect(seen(stdout)).toContain("testfarm:label");
  });

  test("that is up tells the commit of its program, and of it nothing has drifted", async () => {
    pulumi("config", "set", "--secret", "password", "canary-of-the-stack");
    pulumi("up", "--yes", "--skip-preview");
    const output = join(emptyDirectory(), "output");
    // No passphrase: the history's secrets stay what they are.
    const { PULUMI_CONFIG_PASSPHRASE: _, ...without } = environment;
    environment = without;
    const told = await runHere(stepWith(drift, "deployed-commit"), { GITHUB_OUTPUT: output });
    environment = { ...environment, PULUMI_CONFIG_PASSPHRASE: "stand-in" };
    expect(told).toMatchObject({ code: 0 });
    expect(readFileSync(output, "utf8")).toBe(`commit=${commit}\n`);
    const { code, stdout } = await preview("--refresh");
    expect(stdout).toContain("Nothing: all of it is as it is to be.");
    expect(code).toBe(0);
  });

  test("is compared with the configuration that was deployed, not with what the file says by now", async () => {
    configure("second");
    expect((await runHere(stepWith(drift, "pulumi config refresh"))).code).toBe(0);
    expect(readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8")).toMatch(/testfarm:label: first/);
    expect((await preview("--refresh")).code).toBe(0);
  });

  test("of which somebody has removed something has drifted: that ends with 3 and says what", async () => {
    for (const { type, id } of engine.world.things()) engine.world.remove(type, id);
    expect(seen((await preview()).stdout)).toContain("Nothing: all of it is as it is to be.");
    const { code, stdout } = await preview("--refresh");
    expect(code).toBe(3);
    expect(seen(stdout)).toMatch(/\| create \| digitalocean Project \| one \|/);
  });
});
