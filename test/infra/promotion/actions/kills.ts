/** Promotions there and back whose runners are killed, while somebody writes. */
import { join } from "node:path";
import type { Path, Side } from "../../../../infra/promotion/contract.ts";
import { startRun } from "../../../../infra/promotion/ledger/open.ts";
import type { Outcome } from "../../../../infra/promotion/runner/contract.ts";
import { bundled, ordered } from "../bundle.ts";
import type { Ground } from "./ground.ts";
import { type Fleet, nothingDone, startFleet, type Work } from "./fleet.ts";
import { planOf, sideOf } from "./installation.ts";
import { type Moment, type Round, roundsOf, toText, type Way } from "./moments.ts";
import { again, chosen, seed } from "./seeded.ts";
import type { Order } from "./runner-process.ts";
import { type Audit, audit, keepWriting, type Written } from "./writer.ts";

/** How often it may be begun again after its window was over before somebody went on. */
const tries = 5;

/** One promotion, on one way, whose runner was killed. */
interface Run extends Audit, Pick<Written, "turns" | "astray"> {
  /** Of the application. */
  readonly work: Work;
  readonly way: Way;
  readonly moment: Moment;
  readonly outcome: Outcome;
  readonly acknowledged: number;
  readonly seconds: number;
}

const ends = {
  there: { kind: "waiting", turns: ["mvp", "growth"] },
  back: { kind: "rolled-back", turns: ["growth", "mvp"] },
} as const;

async function openArena(ground: Ground, redis: string) {
  const program = await bundled(join(import.meta.dirname, "runner-process.ts"));

  /** Killed once, then gone on with until nothing is to do. */
  async function follow(order: Omit<Order, "kill">, kill: Moment): Promise<Outcome> {
    const killed = await ordered<Outcome>(program, { ...order, kill });
    if (killed) throw new Error(`There is no moment ${toText(kill)}: it came to ${JSON.stringify(killed)}.`);
    for (let left = tries; ; left--) {
      const outcome = (await ordered<Outcome>(program, order))!;
      if (outcome.kind !== "undone" || left === 0) return outcome;
    }
  }

  async function run(
    order: Omit<Order, "kill">,
    sides: readonly [Side, Side],
    moment: Moment,
    fleet: Fleet | undefined,
  ): Promise<Run> {
    const began = performance.now();
    const writer = keepWriting(sides);
    const working = fleet?.keepWorking();
    const outcome = await follow(order, moment).finally(() => Promise.all([writer.stop(), working?.stop()]));
    const written = await writer.stop();
    const { way } = order;
    const { lost, duplicated } = await audit(sides[way === "there" ? 1 : 0], written);
    const work = (await fleet?.audit(way === "there" ? "target" : "source")) ?? nothingDone;
    return {
      way,
      moment,
      outcome,
      lost,
      duplicated,
      work,
      turns: written.turns,
      astray: written.astray,
      acknowledged: written.rows.size + written.objects.size + work.sessions + work.steps,
      seconds: (performance.now() - began) / 1_000,
    };
  }

  return {
    /** One promotion there, and back again. */
    async round({ path, stores, kills, redis: redisOn }: Round): Promise<readonly Run[]> {
      const { places, clear } = await ground.fresh(stores);
      const plan = planOf(path);
      const sides = [await sideOf(plan.from, places.source), await sideOf(plan.to, places.target)] as const;
      await (await startRun(plan, { url: places.source.url })).close();
      const fleet = redisOn && (await startFleet(places, redisOn, redis));
      try {
        const there = await run({ places, way: "there" }, sides, kills.there, fleet);
        return [there, await run({ places, way: "back" }, sides, kills.back, fleet)];
      } finally {
        await fleet?.close();
        await clear();
      }
    },
  };
}

/**
 * Goes through rounds, and prints a line for each promotion and one for all. `TESTFARM_PROMOTION_SEED` and
 * `TESTFARM_PROMOTION_ROUND` make it one of an earlier time.
 *
 * @param redis path of the program.
 * @param most rounds. Default: until each moment has been.
 * @returns what has gone wrong.
 */
export async function play(
  ground: Ground,
  path: Path,
  { redis, most = Infinity }: { readonly redis: string; readonly most?: number },
): Promise<readonly string[]> {
  const { round } = await openArena(ground, redis);
  const all = roundsOf(path).slice(0, most);
  const runs: Run[] = [];
  const failures: string[] = [];
  console.log(`TESTFARM_PROMOTION_SEED=${seed}`);
  for (const each of chosen(all)) {
    const fail = (what: string) => failures.push(`${what}${again(each)}`);
    try {
      for (const run of await round(each)) {
        runs.push(run);
        if (!isWhole(run)) fail(`${lineOf(each, run)} ${JSON.stringify(run)}`);
        console.log(`${isWhole(run) ? "" : "FAILED "}${lineOf(each, run)}`);
      }
    } catch (error) {
      fail(String(error));
      console.log(`FAILED ${path} ${each.number}: ${String(error)}`);
    }
  }
  console.log(`${path}: ${summaryOf(runs)}`);
  return failures;
}

const isWhole = ({ way, outcome, lost, duplicated, work, turns, astray }: Run): boolean =>
  outcome.kind === ends[way].kind &&
  turns.join() === ends[way].turns.join() &&
  [...lost, ...duplicated, ...work.problems, ...astray].length === 0;

const lineOf = (
  { path, number, stores, redis }: Round,
  { way, moment, seconds, acknowledged, work }: Run,
): string => {
  const application =
    redis === undefined ? "" : `, the application with ${work.sessions} sessions, Redis on ${redis}`;
  return `${path} ${number} ${way}, killed ${toText(moment)}, ${stores}${application}: ${seconds.toFixed(1)} s, ${acknowledged} writes acknowledged`;
};

function summaryOf(runs: readonly Run[]): string {
  const sum = (of: (run: Run) => number) => runs.reduce((before, run) => before + of(run), 0);
  return [
    `${runs.length} promotions whose runner was killed`,
    `${runs.filter((run) => run.outcome.kind === ends[run.way].kind).length} came to their end`,
    `${sum(({ acknowledged }) => acknowledged)} writes acknowledged`,
    `${sum(({ lost }) => lost.length)} lost`,
    `${sum(({ duplicated }) => duplicated.length)} there twice`,
    `${sum(({ work }) => work.problems.length)} things wrong with sessions`,
    `${sum(({ astray }) => astray.length)} taken by a side whose turn it was not`,
    `${Math.round(sum(({ seconds }) => seconds))} s`,
  ].join(", ");
}
