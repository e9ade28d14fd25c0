import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { temporaryHome } from "../../../e2e/app.ts";
import { projectIn } from "../../../engine/project.ts";
import { projectRoot } from "../../../engine/engine.ts";

vi.setConfig({ testTimeout: 180_000 });

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const directory = mkdtempSync(join(tmpdir(), "testfarm-terminal-"));
const inDirectory = (name: string) => join(directory, name);
const patience = { timeout: 120_000, interval: 100 };
const logFile = inDirectory("state/testfarm/promotion/testfarm-embedded.log");

/** Updates until `go` is there, and writes down which signals reach it. */
const pulumi = `#!/bin/sh
cd ${directory}
case "$1 $2" in
  version*) echo v3.274.1 ;;
  up*)
    for signal in INT HUP TERM; do trap "echo $signal >> heard" $signal; done
    echo > updating
    until [ -e go ] || [ ! -e bin ]; do sleep 0.1; done
    rm go updating
    echo updated >> heard ;;
  "stack history") echo '[]' ;;
  "stack output" | "stack export" | config*) echo '{}' ;;
esac
`;

let project: string;
let home: Awaited<ReturnType<typeof temporaryHome>>;

beforeAll(async () => {
  home = await temporaryHome();
  const image = { app: "testfarm-app:1", web: "testfarm-web:1" };
  project = projectIn(directory, { other: { tier: "local", httpsPort: 8443, image } });
  mkdirSync(inDirectory("bin"));
  writeFileSync(inDirectory("bin/pulumi"), pulumi, { mode: 0o755 });
});
afterAll(async () => {
  await home.remove();
  rmSync(directory, { recursive: true });
});

/** As a shell starts it: in a process group of its own. */
function promote(...args: string[]) {
  const child = spawn(
    process.execPath,
    ["--import", tsx, join(projectRoot, "infra/cli/promote.ts"), ...args],
    {
      cwd: project,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PATH: `${inDirectory("bin")}:${process.env["PATH"]}`,
        TESTFARM_HOME: home.path,
        XDG_STATE_HOME: inDirectory("state"),
      },
    },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += String(text)));
  return { child, said: () => said, ended: once(child, "close") as Promise<[number | null, string | null]> };
}

const signal = ({ pid }: ChildProcess, name: NodeJS.Signals) => process.kill(-pid!, name);
const updating = (said: () => string) =>
  vi.waitFor(() => expect(existsSync(inDirectory("updating")), said()).toBe(true), patience);
const heard = () => readFileSync(inDirectory("heard"), "utf8");
const log = () => readFileSync(logFile, "utf8");

test("Ctrl-C stops between two actions, and does not reach the update in its middle", async () => {
  const { child, said, ended } = promote("run", "embedded", "other", "--yes");
  await updating(said);
  signal(child, "SIGINT");
  await vi.waitFor(() => expect(said()).toContain("It stops once this has ended."), patience);
  writeFileSync(inDirectory("go"), "");
  const [code] = await ended;
  expect(said()).toContain("It was stopped in PROVISION: resume goes on.");
  expect([code, heard()]).toEqual([130, "updated\n"]);
});

test("the way back goes on without its terminal, and its log tells of it to its owner alone", async () => {
  rmSync(inDirectory("heard"));
  const { child, said, ended } = promote("rollback", "embedded", "--yes");
  await updating(said);
  expect(said()).toContain(`This is also written to ${logFile}\n`);
  child.stdout.destroy();
  child.stderr.destroy();
  signal(child, "SIGHUP");
  writeFileSync(inDirectory("go"), "");
  expect([await ended, heard()]).toEqual([[0, null], "updated\n"]);
  const lines = log().trimEnd().split("\n");
  expect(lines.filter((line) => !/^\d{4}-\d\d-\d\dT[\d:.]+Z /.test(line))).toEqual([]);
  expect(log()).toMatch(/Z {3}undone: make the target: pulumi up\n/);
  expect(log()).toMatch(/Z It was led back, and people are served where they were before\.\n/);
  expect(statSync(logFile).mode & 0o777).toBe(0o600);
});

test("for a program each event is a line, and the outcome is in the last one", async () => {
  const { child, said, ended } = promote("run", "embedded", "other", "--yes", "--json");
  let stdout = "";
  child.stdout.on("data", (text) => (stdout += String(text)));
  await updating(said);
  signal(child, "SIGINT");
  await vi.waitFor(() => expect(said()).toContain("It stops once this has ended."), patience);
  writeFileSync(inDirectory("go"), "");
  expect((await ended)[0]).toBe(130);
  const lines = stdout.trimEnd().split("\n");
  const [forecast, ...events] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(forecast).toMatchObject({ plan: { from: "embedded", to: "other" }, blocks: [] });
  expect(events).toContainEqual({ kind: "begin", state: "PROVISION", action: "provision-target" });
  expect(events.at(-1)).toEqual({
    kind: "outcome",
    outcome: { kind: "stopped", state: "PROVISION", reason: "It was asked to stop." },
  });
  expect(log()).toContain("It was stopped in PROVISION: resume goes on.\n");
});

test("what is not at its end is not retired, whatever is said to it", async () => {
  const { said, ended } = promote("retire", "embedded", "--yes", "--destroy");
  expect((await ended)[0]).toBe(1);
  expect(said()).toContain("is in PROVISION, and has to wait in OBSERVE before embedded may go.");
});
