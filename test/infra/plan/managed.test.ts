import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import type { Plan } from "../../../infra/plan/plan.ts";
import { offlineCommand, root } from "../cli/run.ts";

vi.setConfig({ testTimeout: 60_000 });

const home = mkdtempSync(join(tmpdir(), "testfarm-plan-managed-"));
afterAll(() => rmSync(home, { recursive: true }));

function planned(stack: string, ...options: string[]): string {
  const { code, stdout, stderr } = offlineCommand("plan", root, [stack, ...options], {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
  });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
}

/** The bands in USD a month are the product owner's own. */
describe.each([
  ["validation", 130, 200, ["madrid"]],
  ["growth", 110, 200, ["madrid", "new-york", "singapore"]],
] as const)("the plan of the repository's own stack %s", (stack, least, most, cities) => {
  /** Reviewed with every change of it: `npx vitest run test/infra/plan/managed.test.ts --update`. */
  test.each([
    ["text", [], `${stack}.txt`],
    ["a diagram", ["--mermaid"], `${stack}.mmd`],
  ])("as %s is the one that was reviewed", async (_, options, file) => {
    await expect(planned(stack, ...options)).toMatchFileSnapshot(`snapshots/${file}`);
  });

  test(`knows every price, and comes to ${least} to ${most} USD but for prices that it says have moved`, () => {
    const { cost } = JSON.parse(planned(stack, "--json")) as Plan;
    expect(cost.complete).toBe(true);
    const moved = cost.lines.reduce(
      (sum, { usd = 0, price }) => sum + (price?.before ? price.before.usd - usd : 0),
      0,
    );
    expect(cost.usd + moved).toBeGreaterThanOrEqual(least);
    expect(cost.usd + moved).toBeLessThanOrEqual(most);
  });

  test("as JSON tells the region of each city, and of nothing elsewhere", () => {
    const { regions = [] } = JSON.parse(planned(stack, "--json")) as Plan;
    expect([...new Set(regions.map(({ city }) => city))]).toEqual(cities);
  });
});
