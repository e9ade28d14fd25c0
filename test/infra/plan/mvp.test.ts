import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { offlineCommand, root } from "../cli/run.ts";

const home = mkdtempSync(join(tmpdir(), "testfarm-plan-mvp-"));
afterAll(() => rmSync(home, { recursive: true }));

/** The same on every machine, and after every change of the application: where the checkout is, and what is in it. */
const normalised = (text: string): string =>
  text
    .replaceAll(JSON.stringify(root), '"<checkout>/"')
    .replaceAll(/(testfarm-(?:app|web)):[0-9a-f]{12}\b/g, "$1:<content>");

/** Reviewed with every change of it: `npx vitest run test/infra/plan/mvp.test.ts --update`. */
test.each([
  ["text", [], "mvp.txt"],
  // Not `.json`, which the formatter would lay out in its own way.
  ["JSON", ["--json"], "mvp.json.snap"],
])(
  "the plan of the repository's own stack mvp, as %s, is the one that was reviewed",
  { timeout: 60_000 },
  async (_, options, file) => {
    const environment = { PATH: process.env["PATH"] ?? "", HOME: home };
    const { code, stdout, stderr } = offlineCommand("plan", root, ["mvp", ...options], environment);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    await expect(normalised(stdout)).toMatchFileSnapshot(`snapshots/${file}`);
  },
);
