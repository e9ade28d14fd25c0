import { readFileSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { openGitHub } from "../../infra/cli/github.ts";
import { type Ended, root } from "../infra/cli/run.ts";
import { emptyDirectory } from "./checkout.ts";
import { type FakeGitHub, startGitHub } from "./github-server.ts";
import { runStep, stepWith, workflow } from "./workflow.ts";

const directory = emptyDirectory();
const file = (name: string, content: string): string => {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
};

let github: FakeGitHub;
beforeEach(async () => {
  github = await startGitHub();
});

/** In workflows Node 24 runs it, which takes TypeScript as it is; here whichever runs the tests. */
const onThisNode = (run: string): string => run.replaceAll("node infra/", "node --import tsx infra/");
const tell = (words: string, environment = github.environment): Promise<Ended> =>
  runStep({ run: `node --import tsx infra/cli/tell-github.ts ${words}` }, root, environment);

const comment = (content: string) => openGitHub(github.environment).comment(7, "preview", content);

describe("a comment", () => {
  test("is written, and written over, so that there is one", async () => {
    expect(await comment("first\n")).toBe("https://github.com/acme/testfarm/pull/7#issuecomment-1");
    await comment("second\n");
    expect(github.comments.map(({ body }) => body)).toEqual(["<!-- testfarm: preview -->\nsecond\n"]);
  });

  test("is found among more than a page of them", async () => {
    const others = Array.from({ length: 130 }, (_, id) => ({
      id: id + 100,
      login: "somebody",
      body: "hello",
    }));
    github.comments.push(...others, {
      id: 7,
      login: "github-actions[bot]",
      body: "<!-- testfarm: preview -->\nfirst",
    });
    await comment("second\n");
    expect(github.comments).toHaveLength(131);
    expect(github.comments.at(-1)!.body).toContain("second");
  });

  test("is never somebody else's who has put the mark into it, nor of another purpose", async () => {
    const theirs = [
      { id: 20, login: "somebody", body: "<!-- testfarm: preview -->\nmine" },
      { id: 21, login: "github-actions[bot]", body: "<!-- testfarm: other -->\nother" },
      { id: 22, login: "github-actions[bot]", body: "a quote of <!-- testfarm: preview -->\n" },
    ];
    github.comments.push(...theirs.map((each) => ({ ...each })));
    await comment("ours\n");
    expect(github.comments.slice(0, 3)).toEqual(theirs);
    expect(github.comments).toHaveLength(4);
  });

  test("is cut at the end of a line where GitHub would refuse it", async () => {
    const line = `| ${"&#45;".repeat(30)} |\n`;
    await comment(line.repeat(600));
    const { body } = github.comments[0]!;
    expect(body.length).toBeLessThanOrEqual(65_536);
    const [, ...lines] = body.split("\n");
    expect(new Set(lines)).toEqual(new Set([line.trim(), "", "The rest is in the summary of the run."]));
  });

  test("is all files that the workflow's step has, in their order", async () => {
    const { run } = stepWith(workflow("preview").jobs["comment"]!.steps, "tell-github");
    const [plan] = [file("plan.md", "the plan\n"), file("preview.md", "the preview\n")];
    const here = onThisNode(run).replace("reports/*.md", `${dirname(plan)}/p*.md ${dirname(plan)}/none.md`);
    expect(await runStep({ run: here }, root, { ...github.environment, PULL_REQUEST: "7" })).toEqual({
      code: 0,
      stdout: "https://github.com/acme/testfarm/pull/7#issuecomment-1\n",
      stderr: "",
    });
    expect(github.comments.map(({ body }) => body)).toEqual([
      "<!-- testfarm: preview -->\nthe plan\n\nthe preview\n\nThe run ended before it could say more.\n",
    ]);
  });
});

const states = () => github.issues.map(({ state }) => state);

describe("an issue", () => {
  const purpose = "drift";
  const open = (body: string) => openGitHub(github.environment).openIssue(purpose, "Drift", body);
  const close = () => openGitHub(github.environment).closeIssue(purpose);

  test("is opened once, written anew while it is open, and closed when its cause is gone", async () => {
    await open("first\n");
    expect(await open("second\n")).toBe("https://github.com/acme/testfarm/issues/1");
    expect(github.issues).toEqual([
      {
        number: 1,
        login: "github-actions[bot]",
        title: "Drift",
        body: "<!-- testfarm: drift -->\nsecond\n",
        state: "open",
      },
    ]);
    expect(await close()).toBe("https://github.com/acme/testfarm/issues/1");
    expect(states()).toEqual(["closed"]);
    expect(await close()).toBeUndefined();
    await open("third\n");
    expect(states()).toEqual(["closed", "open"]);
  });

  test("is neither somebody else's nor a pull request", async () => {
    const body = "<!-- testfarm: drift -->\n";
    github.issues.push(
      { number: 1, login: "somebody", title: "a", body, state: "open" },
      { number: 2, login: "github-actions[bot]", isPullRequest: true, title: "b", body, state: "open" },
      { number: 3, login: "somebody", title: "c", body: null, state: "open" },
    );
    await close();
    expect(states()).toEqual(["open", "open", "open"]);
  });

  test.each(["drift", "drill"])(
    "is opened after a %s that failed, and closed after one that did not",
    async (name) => {
      const step = stepWith(workflow(name).jobs["issue"]!.steps, "ci/tell-result");
      const after = (result: string) =>
        runStep(step, root, {
          ...github.environment,
          PATH: `${join(import.meta.dirname, "bin")}:${github.environment["PATH"]}`,
          RESULT: result,
        });
      expect(await after("failure")).toMatchObject({ code: 0, stderr: "" });
      expect(github.issues[0]!.body).toMatch(
        new RegExp(
          `^<!-- testfarm: ${name} -->\n[\\s\\S]*The run: https://github.com/acme/testfarm/actions/runs/4711\n$`,
        ),
      );
      expect(await after("success")).toMatchObject({ code: 0, stderr: "" });
      expect(states()).toEqual(["closed"]);
    },
  );
});

test("what GitHub refuses ends with 1 and its words, without the token", async () => {
  const wrong = { ...github.environment, GITHUB_TOKEN: "canary-wrong" };
  const refused = await tell("solved drift", wrong);
  expect(refused).toEqual({ code: 1, stdout: "", stderr: "GET /issues answered 401: Bad credentials\n" });
});

test.each([
  ["toString drift", "name what to do, comment, issue, solved, and a purpose"],
  ["comment preview 7x a.md", 'the pull request is "7x"; it must be a number, such as 12'],
])("tell-github %s is answered with what is wrong and the usage, and asks nobody", async (words, problem) => {
  const { code, stdout, stderr } = await tell(words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(`${problem}\n\nnode infra/cli/tell-github.ts comment`);
  expect(github.asked).toEqual([]);
});

test("no package sees the token: whatever it imports is Node's own or beside it", () => {
  const seen = new Set<string>();
  const imported = (path: string): string[] => {
    if (seen.has(path)) return [];
    seen.add(path);
    const names = [...readFileSync(path, "utf8").matchAll(/^import .* from "(.+)";$/gm)].map(
      ([, name]) => name!,
    );
    return names.flatMap((name) => (name.startsWith(".") ? imported(join(dirname(path), name)) : [name]));
  };
  const others = imported(join(root, "infra/cli/tell-github.ts"));
  expect(seen.size).toBe(3);
  expect(others.filter((name) => !builtinModules.includes(name.replace(/^node:/, "")))).toEqual([]);
});
