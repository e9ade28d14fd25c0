import { join } from "node:path";
import { expect, test } from "vitest";
import type { Path } from "../../../../../infra/promotion/contract.ts";
import { startRun } from "../../../../../infra/promotion/ledger/open.ts";
import type { Outcome } from "../../../../../infra/promotion/runner/contract.ts";
import { bundled, ordered } from "../../bundle.ts";
import { isThere, openGround } from "../ground.ts";
import { planOf, sideOf } from "../installation.ts";
import { type Moment, momentsOf, toText } from "../moments.ts";
import type { Order } from "../runner-process.ts";
import { audit, keepWriting } from "../writer.ts";

test.each<Path>(["ONLINE", "OFFLINE"])(
  "%s: a source is retired to its end wherever a runner is killed, and the target takes writes all the time",
  { timeout: 600_000 },
  async (path) => {
    const ground = await openGround();
    const program = await bundled(join(import.meta.dirname, "../runner-process.ts"));

    async function retire(kill: Moment): Promise<{ resumedWithoutSource: boolean; acknowledged: number }> {
      const { places, clear } = await ground.fresh("disk");
      const plan = planOf(path);
      const go = (order: Partial<Order>) =>
        ordered<Outcome>(program, { places, way: "there", ...order } satisfies Order);
      await (await startRun(plan, { url: places.source.url })).close();
      expect(await go({})).toMatchObject({ kind: "waiting", state: "OBSERVE" });
      const target = await sideOf(plan.to, places.target);
      const writer = keepWriting([target]);
      // Either step may be the one in which it is killed.
      let outcome = await go({ goOnFrom: "OBSERVE", kill });
      if (outcome?.state === "RETIRE") outcome = await go({ goOnFrom: "RETIRE", kill });
      expect(outcome, `there is no moment ${toText(kill)}`).toBeUndefined();
      const isWithoutSource = !(await isThere(places.source.url));
      outcome = await go({ isWithoutSource });
      if (outcome?.kind === "waiting" && outcome.state === "RETIRE")
        outcome = await go({ goOnFrom: "RETIRE" });
      const written = await writer.stop();
      expect(outcome).toMatchObject({ kind: "done", state: "DESTROY" });
      expect(await isThere(places.source.url)).toBe(false);
      expect(written.astray).toEqual([]);
      expect(await audit(target, written)).toEqual({ lost: [], duplicated: [] });
      await clear();
      return { resumedWithoutSource: isWithoutSource, acknowledged: written.rows.size };
    }

    const moments = momentsOf(path, "retire");
    expect(moments.length).toBeGreaterThanOrEqual(6);
    for (const kill of moments) {
      const { resumedWithoutSource, acknowledged } = await retire(kill);
      expect(resumedWithoutSource).toBe(toText(kill) === "after destroy-source");
      expect(acknowledged).toBeGreaterThan(0);
    }
  },
);
