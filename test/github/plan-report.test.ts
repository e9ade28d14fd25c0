import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { beforeAll, describe, expect, test } from "vitest";
import { type Ended, root } from "../infra/cli/run.ts";
import { fixtureWith, emptyDirectory, npmWithPackages } from "./checkout.ts";
import { seen } from "./seen.ts";
import { action, runStep } from "./workflow.ts";

const stackFile = (stack: string): { config: Record<string, unknown> } =>
  parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as { config: Record<string, unknown> };
const withValues = (stack: string, values: Readonly<Record<string, unknown>>): string =>
  stringify({ config: { ...stackFile(stack).config, ...values } });

const environment = { PATH: process.env["PATH"] ?? "", HOME: emptyDirectory() };
const script = (name: string, ...words: string[]): Promise<Ended> =>
  runStep({ run: ["node --import tsx", `infra/cli/${name}.ts`, ...words].join(" ") }, root, environment);
const report = (before: string, after: string): Promise<Ended> => script("plan-report", before, after);

/** The program, and what the application's images are made of: the plan hashes it. */
const copied =
  "Pulumi.yaml stacks components infra compose docker-compose.yml app Dockerfile .dockerignore .npmrc package.json package-lock.json tsconfig.json tsconfig.build.json";

describe("the action of a pull request", () => {
  let steps: Ended[];
  let markdown: string;

  beforeAll(async () => {
    const [repository, temporary] = [emptyDirectory(), emptyDirectory()];
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], {
        cwd: repository,
        env: { ...environment, GIT_CONFIG_NOSYSTEM: "1" },
      });
    const commit = () => git("add", "--all") && git("commit", "--quiet", "--message", "state");
    const change = (values: object) =>
      writeFileSync(join(repository, "Pulumi.mvp.yaml"), withValues("mvp", { ...values }));
    git("init", "--quiet", "--initial-branch", "main");
    for (const name of copied.split(" "))
      cpSync(join(root, name), join(repository, name), {
        recursive: true,
        filter: (path) => !path.includes("node_modules"),
      });
    writeFileSync(join(repository, ".gitignore"), "node_modules\n");
    change({});
    commit();
    git("checkout", "--quiet", "-b", "larger");
    change({
      "testfarm:size": "medium",
      "testfarm:waive": [{ rule: "backup-missing", reason: "a drill | @everybody" }],
    });
    commit();
    git("checkout", "--quiet", "main");
    git("commit", "--quiet", "--allow-empty", "--message", "meanwhile");
    git("merge", "--quiet", "--no-ff", "larger", "--message", "as GitHub merges it");
    const variables = {
      ...environment,
      PATH: `${npmWithPackages()}:${environment.PATH}`,
      RUNNER_TEMP: temporary,
      REPORT: "plan.md",
    };
    steps = [await runStep({ run: "npm ci" }, repository, variables)];
    for (const step of action("plan").runs.steps) steps.push(await runStep(step, repository, variables));
    markdown = readFileSync(join(repository, "plan.md"), "utf8");
  });

  test("runs all of its steps without an account", () => {
    expect(steps.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  });

  test("tells what a stack costs before and after, and the difference", () => {
    expect(seen(markdown)).toContain("| mvp | vps | 26.50 → 50.50 (**+24.00**) |");
    expect(seen(markdown)).toContain("| host | server s-2vcpu-4gb 24.00 | server s-4vcpu-8gb 48.00 |");
  });

  test("tells which setting of which resource changes, from what to what", () => {
    expect(seen(markdown)).toContain(
      "| changed | digitalocean Droplet | host | size: s-2vcpu-4gb → s-4vcpu-8gb |",
    );
  });

  test("compares what the two checkouts make, not where they are", () => {
    expect(seen(markdown)).not.toContain("/base");
    expect(seen(markdown)).not.toContain("testfarm-app:");
  });

  test("tells which rules are broken, waived, and not broken any more", () => {
    const rules = seen(markdown)
      .split("\n")
      .filter((line) => line.includes("backup-missing"));
    expect(rules).toHaveLength(2);
    expect(rules[0]).toMatch(/^\| new \| waived: a drill \| @everybody \| backup-missing \|/);
    expect(rules[1]).toMatch(/^\| not any more \| warning \| backup-missing \|/);
    expect(markdown).toContain("| 3 warnings, 1 waived |");
  });

  test("tells what is to be done before up", () => {
    expect(seen(markdown)).toContain("- testfarm:sshPublicKey: is an example that no private key fits");
  });
});

describe("stacks of a checkout", () => {
  let plans: string;
  let planned: Ended;

  beforeAll(async () => {
    const checkout = fixtureWith("refused", "wrong");
    plans = join(emptyDirectory(), "plans");
    planned = await script("plan-stacks", checkout, plans);
  });

  test("are planned, those too that break a rule; of one that has no plan the reason is kept", () => {
    expect(planned).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(readdirSync(plans)).toEqual(["refused.json", "wrong.txt"]);
    expect(readFileSync(join(plans, "wrong.txt"), "utf8")).toMatch(/^Pulumi\.wrong\.yaml has 4 errors:\n/);
  });

  test("that up would refuse are reported with what is wrong, and the report ends with 3", async () => {
    const { code, stdout } = await report(emptyDirectory(), plans);
    expect(code).toBe(3);
    expect(stdout).toMatch(/\| <code>refused<\/code> .* \| all \d+ new \| \*\*1 error\*\*/);
    expect(seen(stdout)).toMatch(/\| new \| error \| memory-unlimited \|/);
    expect(seen(stdout)).toContain("There is no plan of wrong:\n\nPulumi.wrong.yaml has 4 errors:");
  });
});

test.each([
  ["plan-stacks", [], "name a checkout and a directory for its plans"],
  ["plan-stacks", ["/", "x"], "/ holds no Pulumi.yaml"],
  ["plan-report", ["one"], "name a directory of plans before, and one of plans after"],
])("%s %j is answered with what is wrong and the usage", async (name, words, problem) => {
  const { code, stdout, stderr } = await script(name, ...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(`${problem}\n\nnode --import tsx infra/cli/${name}.ts`);
});
