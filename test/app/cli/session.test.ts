import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { plantedDefects } from "../../../app/demo-site/defects.ts";
import { freePort } from "../../../app/embedded/port.ts";
import { chromium } from "../../support/chromium.ts";
import { processTree, stillRunning } from "../../support/processes.ts";
import { describeWith } from "../../support/services.ts";

const program = join(import.meta.dirname, "../../../app/cli/session.ts");

const start = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, ["--import", "tsx", program, ...args], { stdio: ["ignore", "pipe", "pipe"] });

async function run(...args: string[]) {
  const child = start(args);
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return { code: child.exitCode ?? ((await once(child, "exit")) as [number])[0], stdout, stderr };
}

test.each([
  [[], /^<url> must be an http or https address, or demo\.\n--objective is missing; say what the user/],
  [["ftp://a.test", "--objective", "buy"], /^<url> must be an http or https address, or demo; it is "ftp:/],
  [["demo", "--objective", "b"], /^--objective must say what the user wants to do; it is "b"\./],
  [["demo", "--objective", "buy", "a", "mug"], /^One <url> is allowed; remove a mug, or put quotes around/],
  [["demo", "--objective", "buy", "--device", "watch"], /^--device must be desktop or phone; it is "watch"/],
  [["demo", "--objective", "buy", "--fail-on", "all"], /^--fail-on must be one of minor, .*; it is "all"/],
  [["demo", "--objective", "buy", "--max-steps", "0"], /^--max-steps must be a whole number from 1 to 500/],
  [["demo", "--objective", "buy", "--fast"], /^Unknown option '--fast'/],
])("%j is refused with the reason, the help, and code 2", async (args, reason) => {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(reason);
  expect(stderr).toContain('npm run session -- <url> --objective "..."');
});

test("--help says how it is used", async () => {
  const { code, stdout, stderr } = await run("--help");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("--fail-on <severity>");
});

await describeWith(chromium, "a session in the terminal", () => {
  test("shows its steps and then the planted defects, and ends with 1 if one is as grave as --fail-on", async () => {
    const { code, stdout } = await run("demo", "--objective", "buy a mug", "--fail-on", "critical");
    expect(code).toBe(1);
    const steps = stdout.match(/^ +\d+ {2}.* {2}\d+\.\d s$/gm) ?? [];
    expect(steps[0]).toMatch(/^ {3}1 {2}Open http:\/\/127\.0\.0\.1:\d+ /);
    expect(steps.length).toBeGreaterThan(5);
    expect(stdout).toMatch(/^✓ passed {2}The page says “Order placed”/m);
    const inCart = plantedDefects.filter(({ path }) => path === "/cart");
    expect(inCart.length).toBeGreaterThan(0);
    for (const { evidence } of inCart) expect(stdout).toContain(evidence);
  }, 60_000);

  test("with --json writes one document, and ends with 3 where the objective is not reached", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stdout } = await run(url, "--objective", "buy a mug", "--json", "--device", "phone");
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      url,
      objective: "buy a mug",
      persona: { device: "phone" },
      verdict: { status: "failed", reason: expect.stringContaining(`${url} could not be opened`) as string },
      findings: [{ kind: "failed-request", evidence: { message: "net::ERR_CONNECTION_REFUSED" } }],
    });
  }, 30_000);

  test("Ctrl-C ends it with 130, says so, and leaves no browser", async () => {
    const child = start(["demo", "--objective", "look around the whole shop"]);
    const output = text(child.stdout!);
    await once(child.stdout!, "data");
    const pids = await processTree(child.pid!);
    expect(pids.length).toBeGreaterThan(2);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([130, null]);
    expect(await output).toContain("✗ cancelled  The session was cancelled.");
    await expect.poll(() => stillRunning(pids)).toEqual([]);
  }, 30_000);
});
