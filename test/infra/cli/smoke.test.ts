import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openEngine } from "../../engine/engine.ts";
import { pulumiCli } from "../../engine/find-cli.ts";
import { describeWith } from "../../support/services.ts";
import { operate, operatorOf } from "./operator.ts";

vi.setConfig({ testTimeout: 60_000 });

const directory = mkdtempSync(join(tmpdir(), "testfarm-smoke-"));
afterAll(() => rmSync(directory, { recursive: true }));
/** No pulumi on it. */
const empty = join(directory, "empty");
mkdirSync(empty);

describe("a command that is wrong", () => {
  test.each([
    [[], "name a stack, such as mvp"],
    [["mvp", "local"], '"local" is too much; smoke takes one stack'],
    [["mvp", "--fast"], "Unknown option '--fast'"],
    [
      ["mvp", "--url", "shop"],
      '--url is "shop"; it must be an http or https address, such as https://example.com/',
    ],
  ])("%j ends with 2, what is wrong and the usage", async (args, message) => {
    const { code, stdout, stderr } = await operate("smoke", args, { PATH: empty });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.split("\n\n")[0]).toBe(message);
    expect(stderr).toContain("npm run smoke -- <stack>");
  });
});

test("--help tells the usage", async () => {
  const { code, stdout } = await operate("smoke", ["--help"], { PATH: empty });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^npm run smoke -- <stack>/);
});

test("without a pulumi on the PATH it says so", async () => {
  expect(await operate("smoke", ["mvp"], { PATH: empty })).toEqual({
    code: 2,
    stdout: "",
    stderr: "There is no pulumi on the PATH. Install it: https://www.pulumi.com/docs/install/.\n",
  });
});

test.each([
  ["{}", "Stack mvp has no outputs yet. Make it first: pulumi up --stack mvp."],
  [
    JSON.stringify({ FRONTEND_URL: "https://192.0.2.1" }),
    "Stack mvp does not export ACCESS: another version has made it. Run pulumi up --stack mvp.",
  ],
  [
    JSON.stringify({ ACCESS: JSON.stringify({ kind: "boat" }) }),
    'Stack mvp is reached by "boat", which this version',
  ],
])("a stack that exports %s cannot be reached, and why is said", async (outputs, message) => {
  const bin = mkdtempSync(join(directory, "bin-"));
  writeFileSync(join(bin, "pulumi"), `#!/bin/sh\necho '${outputs}'\n`, { mode: 0o755 });
  const { code, stdout, stderr } = await operate("smoke", ["mvp"], { PATH: bin });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(message);
});

await describeWith(pulumiCli, "with the real Pulumi", (cli) => {
  const state = join(directory, "engine");
  const env = operatorOf(cli, state);
  beforeAll(async () => {
    await openEngine(cli, state).createStack("mvp");
  });

  test("a stack that is unknown is named", async () => {
    const { code, stdout, stderr } = await operate("smoke", ["nowhere"], env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(
      /^pulumi does not tell the outputs of stack nowhere: no stack named 'nowhere' found/,
    );
  });

  test("a stack that was never up has no outputs yet", async () => {
    const { code, stderr } = await operate("smoke", ["mvp"], env);
    expect([code, stderr]).toEqual([
      2,
      "Stack mvp has no outputs yet. Make it first: pulumi up --stack mvp.\n",
    ]);
  });
});
