import { describe, expect, test, vi } from "vitest";
import pc from "picocolors";
import { parseConfig } from "../../../infra/config/parse.ts";
import { toMermaid } from "../../../infra/plan/mermaid.ts";
import { type Plan, planOf } from "../../../infra/plan/plan.ts";
import { record } from "../../../infra/plan/record.ts";
import { citiesOf } from "../../../infra/plan/regions.ts";
import { toText } from "../../../infra/plan/text.ts";
import { isRefused, violationsOf } from "../../../infra/policy/check.ts";
import { circumstancesOf } from "../../../infra/policy/rule.ts";
import program from "../../../stacks/index.ts";
import { minimum, rawOf, type Settings } from "../config/stack.ts";

vi.setConfig({ testTimeout: 60_000 });

async function planned(settings: Settings): Promise<Plan> {
  const raw = rawOf(minimum.kubernetes, settings);
  const config = parseConfig(raw);
  const about = { project: "testfarm", stack: "scale" };
  const recording = await record(program, { ...about, config: raw.values, secretKeys: raw.secretKeys });
  const violations = violationsOf(recording, circumstancesOf(config), config.waive);
  return planOf(recording, { ...about, tier: config.tier, violations, notes: [] }, citiesOf(config));
}

const elsewhere = (cluster: string): Settings => ({ cluster, project: undefined });

/** In USD a month, with nothing but the minimum in the stack's file; docs/<cloud>.md says what more comes with use. */
describe.each<[string, Settings, number]>([
  ["gke", {}, 488],
  ["eks", elsewhere("eks"), 484],
  ["aks", elsewhere("aks"), 481],
  ["doks", elsewhere("doks"), 300],
])("the plan of a stack at %s", (cluster, settings, usd) => {
  /** Reviewed with every change of it: `npx vitest run test/infra/plan/clusters.test.ts --update`. */
  test("is the one that was reviewed, in text and as a diagram", async () => {
    const plan = await planned(settings);
    await expect(toText(plan, pc.createColors(false))).toMatchFileSnapshot(`snapshots/${cluster}.txt`);
    await expect(toMermaid(plan)).toMatchFileSnapshot(`snapshots/${cluster}.mmd`);
  });

  test(`costs about ${usd} USD, and breaks no rule that up refuses`, async () => {
    const { cost, violations } = await planned(settings);
    expect(Math.round(cost.usd)).toBe(usd);
    expect(violations.filter(isRefused)).toEqual([]);
  });
});
