import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Forecast } from "../../../infra/promotion/forecast/forecast.ts";
import { type Ended, offlineCommand, root } from "./run.ts";

vi.setConfig({ testTimeout: 120_000 });

const home = mkdtempSync(join(tmpdir(), "testfarm-promote-"));
afterAll(() => rmSync(home, { recursive: true }));
const environment = { PATH: process.env["PATH"] ?? "", HOME: home };
const run = (...args: string[]): Ended => offlineCommand("promote", root, args, environment);

describe("a plan, with neither network nor account", () => {
  let text: Ended;
  beforeAll(() => {
    text = run("plan", "mvp", "validation");
  });

  test("says what blocks it, and ends with 3 for that", () => {
    expect([text.code, text.stderr]).toEqual([3, ""]);
    expect(text.stdout).toMatch(
      /^mvp -> validation: tier vps, PostgreSQL in a container, to tier paas, Supabase\n/,
    );
    expect(text.stdout).toMatch(/What blocks it\n {2}Pulumi\.validation\.yaml: testfarm:image\.app: /);
  });

  test("says the path with its reasons, and the way back", () => {
    expect(text.stdout).toMatch(/Path OFFLINE\n(.*\n)*? {2}validation: Supabase subscribes to no changes: /);
    expect(text.stdout).toMatch(/The way back\n {2}Until validation takes writes: mvp opens again/);
  });

  test("has every state of the way there in order, each action in words", () => {
    const [, order = ""] = /In this order\n((?: {2}.*\n)+)/.exec(text.stdout) ?? [];
    expect([...order.matchAll(/^ {2}([A-Z]+)/gm)].map(([, state]) => state)).toEqual(
      "PREFLIGHT PROVISION SCHEMA SEED QUIESCE FENCE DRAIN VERIFY SWITCH OBSERVE RETIRE DESTROY".split(" "),
    );
    expect(order).not.toContain("undefined");
  });

  test("says what both cost while they run", () => {
    const [, from, to, day] =
      /mvp: ([\d.]+) USD a month\n {2}validation: ([\d.]+) USD a month\n {2}both: ([\d.]+) USD a day/.exec(
        text.stdout,
      ) ?? [];
    expect(Number(day)).toBeCloseTo(((Number(from) + Number(to)) * 12) / 365, 2);
  });
});

test("a move that is rehearsed is so before writing ends", () => {
  const { plan } = JSON.parse(run("plan", "mvp", "validation", "--rehearse", "--json").stdout) as Forecast;
  const states = plan.forward.map(({ name }) => name);
  expect(states.indexOf("REHEARSE")).toBe(states.indexOf("QUIESCE") - 1);
});

test("an installation of this machine moves up too, ONLINE where both sides are given an address", () => {
  const addresses = ["--source-address", "10.0.0.7:5432", "--target-address", "[fd00::7]:5432"];
  const { code, stdout } = run("plan", "embedded", "mvp", ...addresses, "--json");
  const { plan, from } = JSON.parse(stdout) as Forecast;
  expect([code, from.usd, plan.path]).toEqual([3, 0, "ONLINE"]);
  expect(plan.forward.map(({ name }) => name)).toContain("REVERSE-ARM");
  expect(stdout).not.toContain("10.0.0.7");
});

describe("a wrong command ends with 2, and says how it is right", () => {
  test.each([
    [[], /^"" is no command; there is plan, run, status, resume, rollback, retire, verify, drill\n/],
    [["go"], /^"go" is no command; there is plan, run, /],
    [["plan", "mvp"], /^name two stacks/],
    [["status"], /^name the stack that is moved/],
    [["resume", "mvp", "scale"], /^"scale" is too much for resume/],
    [["plan", "mvp", "growth", "scale"], /^"scale" is too much/],
    [
      ["plan", "mvp", "nowhere"],
      /^There is no stack "nowhere" .*; there is embedded, growth, local, mvp, scale, validation\.\n/,
    ],
    [["plan", "mvp", "mvp"], /^"mvp" cannot be promoted to itself/],
    [["plan", "mvp", "embedded"], /^Nothing is promoted to "embedded"/],
    [["plan", "mvp", "scale", "--path", "online"], /^--path is "online"; it is one of ONLINE, OFFLINE\n/],
    [
      ["plan", "mvp", "validation", "--path", "ONLINE"],
      /^ONLINE is not possible:\n {2}mvp: PostgreSQL in a container has no address/,
    ],
    [
      ["plan", "mvp", "scale", "--sessions", "kill"],
      /^--sessions is "kill"; it is one of hand-over, finish\n/,
    ],
    [
      ["plan", "mvp", "scale", "--window", "-1"],
      /^--window is "-1"|^Option '--window' argument is ambiguous/,
    ],
    [
      ["plan", "mvp", "scale", "--window", "0.05"],
      /^--window is 3 s, and OFFLINE nobody can write for more than 5 s; give minutes\n/,
    ],
    [
      ["plan", "embedded", "mvp", "--window", "5", "--source-address", "a:1", "--target-address", "b:2"],
      /^--window is 300 s, and ONLINE nobody can write for more than 5 s and 30 s at the most; give minutes\n/,
    ],
    [["plan", "mvp", "scale", "--window=soon"], /^--window is "soon"; give a number above 0\n/],
    [["plan", "mvp", "scale", "--database", "0"], /^--database is "0"; give a number above 0\n/],
    [
      ["plan", "mvp", "scale", "--source-address", "host"],
      /^--source-address is "host"; give a host and a port/,
    ],
    [["drill"], /^name the stack that is moved/],
    [["drill", "mvp", "scale", "local"], /^"local" is too much for drill/],
    [["drill", "nowhere"], /^there is no stack "nowhere" to rehearse with .*; there is growth, local, mvp, /],
    [["drill", "mvp", "nowhere"], /^there is no stack "nowhere" to rehearse with /],
    [["drill", "embedded"], /^there is no stack "embedded" to rehearse with /],
    [["drill", "mvp"], /^Make a scratch stack like mvp, and remove it again\? Say so with --yes\n/],
    [["drill", "embedded", "local"], /^Make a scratch stack like local, /],
    [["plan", "mvp", "scale", "--fast"], /^Unknown option '--fast'/],
  ])("%j", (args, problem) => {
    const { code, stdout, stderr } = run(...args);
    expect(stderr).toMatch(problem);
    expect(stderr).toMatch(/\n\nnpm run promote -- plan <from> <to>/);
    expect([code, stdout]).toEqual([2, ""]);
  });
});

test.each([
  ["resume", "embedded"],
  ["rollback", "embedded", "--yes"],
  ["retire", "embedded", "--yes"],
  ["run", "embedded", "local", "--yes"],
  ["verify", "embedded", "local"],
  ["status", "embedded"],
])("%s of what does not answer ends with 2, and says so", (...args) => {
  const { status, stderr } = spawnSync("npm", ["run", "--silent", "promote", "--", ...args], {
    cwd: root,
    env: {
      ...environment,
      TESTFARM_HOME: join(home, "installation"),
      XDG_STATE_HOME: home,
      DATABASE_URL: "postgres://x@127.0.0.1:1/x",
    },
    encoding: "utf8",
  });
  expect(stderr).toContain("The database of embedded does not answer: connect ECONNREFUSED 127.0.0.1:1.");
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(status).toBe(2);
});

test.each([
  [[], "Nobody can write for 60 min at the most."],
  [["--window", "0.5"], "Nobody can write for 30 s at the most."],
])("run asks first, and says for how long nobody can write: %j", (options, pause) => {
  const { code, stdout, stderr } = run("run", "embedded", "local", ...options);
  expect(stderr).toContain(`Move embedded to local OFFLINE? ${pause} Say so with --yes\n`);
  expect(stdout).toContain("In this order");
  expect(code).toBe(2);
});

test("a question is asked beside what is for programs, and who ends it instead of answering has done nothing", () => {
  // As a terminal would be, where Ctrl-D ends what is typed.
  const NODE_OPTIONS = "--import=data:text/javascript,process.stdin.isTTY=true";
  const { code, stdout, stderr } = offlineCommand("promote", root, ["rollback", "nowhere", "--json"], {
    ...environment,
    NODE_OPTIONS,
  });
  expect([code, stdout]).toEqual([130, ""]);
  expect(stderr).toBe("Lead back to nowhere? [y/N] \nIt was stopped: no more was done.\n");
});
