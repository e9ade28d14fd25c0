/** Promotions there and back during which something breaks, while somebody writes. */
import { join } from "node:path";
import type { Path, Plan, State } from "../../../../infra/promotion/contract.ts";
import { startRun } from "../../../../infra/promotion/ledger/open.ts";
import { bundled } from "../bundle.ts";
import { type Breakable, type Fault, faultsOf, inject, type StateOfWay, statesOf } from "./faults.ts";
import { type Fleet, nothingDone, startFleet, type Work } from "./fleet.ts";
import type { Ground } from "./ground.ts";
import { type Place, planOf, sideOf } from "./installation.ts";
import { type Ending, whilePaused } from "./paused.ts";
import type { Way } from "./moments.ts";
import { again, chosen, seed, shuffled } from "./seeded.ts";
import { type Audit, audit, keepWriting } from "./writer.ts";

/** How often a run is gone on with after the fault is over. */
const tries = 8;
/** What hangs is given up soon. Milliseconds. */
const longest = 20_000;
const stopPatience = 2_000;

const ended = { there: ["waiting", "rolled-back"], back: ["rolled-back"] } as const;

interface Round {
  /** From 1. */
  readonly number: number;
  readonly at: StateOfWay;
  readonly fault: Fault;
}

interface Run extends Audit {
  /** What became of the run in which it broke, and what of it in the end. */
  readonly first: Ending;
  readonly last: Ending;
  readonly resumed: number;
  /** Of the application. */
  readonly work: Work;
  readonly astray: readonly string[];
  readonly acknowledged: number;
  readonly seconds: number;
}

/**
 * Goes through all faults in each state, and prints a line for each.
 *
 * @param breakable with the path of Redis's program.
 * @returns what has gone wrong.
 */
export async function playFaults(
  ground: Ground,
  path: Path,
  { redis, ...breakable }: Breakable & { readonly redis: string },
): Promise<string[]> {
  const program = await bundled(join(import.meta.dirname, "runner-process.ts"));
  const { proxies } = breakable;
  const failures: string[] = [];

  async function round({ at: { way, moment }, fault }: Round): Promise<Run> {
    const { places, clear } = await ground.fresh("disk to bucket");
    const plan = hurried(planOf(path));
    const sides = [await sideOf(plan.from, places.source), await sideOf(plan.to, places.target)] as const;
    const bucket = places.target.screenshots;
    if (typeof bucket === "string") throw new Error("The target has to have a bucket.");
    const [dialSource, dialTarget] = proxies.between;
    const order = {
      stopPatience,
      places: {
        source: through(places.source, proxies.source[0]!.port, dialSource!.port),
        target: {
          ...through(places.target, proxies.target[0]!.port, dialTarget!.port),
          screenshots: { ...bucket, endpoint: `http://127.0.0.1:${proxies.bucket[0]!.port}` },
        },
      },
    };
    const unbroken = async (to: Way): Promise<Ending> =>
      (await whilePaused(program, { ...order, way: to }, () => Promise.resolve())).ending;
    /** It may have failed before, where the machine is busy. */
    async function broken(fleet: Fleet | undefined): Promise<Ending> {
      for (let left = tries; ; left--) {
        const { ending, hasPaused } = await whilePaused(program, { ...order, way, pause: moment }, (goOn) =>
          inject(fault, fleet, goOn),
        );
        if (hasPaused) return ending;
        if (left === 0) throw new Error(`It has not come to ${moment.action}: ${JSON.stringify(ending)}`);
      }
    }
    async function follow(fleet: Fleet | undefined): Promise<Pick<Run, "first" | "last" | "resumed">> {
      const first = await broken(fleet);
      let [last, resumed] = [first, 0];
      for (; !isEnd(way, last) && resumed < tries; resumed++) last = await unbroken(way);
      return { first, last, resumed };
    }

    const fleet = fault.hitsFleet ? await startFleet(places, "both", redis) : undefined;
    try {
      await (await startRun(plan, { url: places.source.url })).close();
      if (way === "back")
        for (let left = tries; left > 0; left--) if ((await unbroken("there")).kind === "waiting") break;
      const began = performance.now();
      const writer = keepWriting(sides);
      const working = fleet?.keepWorking();
      const run = await follow(fleet).finally(() => Promise.all([writer.stop(), working?.stop()]));
      const written = await writer.stop();
      const isThere = run.last.kind === "waiting";
      return {
        ...run,
        ...(await audit(sides[isThere ? 1 : 0], written)),
        work: (await fleet?.audit(isThere ? "target" : "source")) ?? nothingDone,
        astray: written.astray,
        acknowledged: written.rows.size + written.objects.size,
        seconds: (performance.now() - began) / 1_000,
      };
    } finally {
      await fleet?.close();
      await clear();
    }
  }

  console.log(`TESTFARM_PROMOTION_SEED=${seed}`);
  for (const each of chosen(roundsOf(path, breakable))) {
    const where = `${path} ${each.number} ${each.at.way} ${each.at.state}, ${each.fault.name}`;
    try {
      const run = await round(each);
      const isWhole =
        isEnd(each.at.way, run.last) &&
        [...run.lost, ...run.duplicated, ...run.work.problems, ...run.astray].length === 0;
      if (!isWhole) failures.push(`${where}: ${JSON.stringify(run)}${again(each)}`);
      console.log(`${isWhole ? "" : "FAILED "}${where}: ${toText(run)}`);
    } catch (error) {
      failures.push(`${where}: ${String(error)}${again(each)}`);
      console.log(`FAILED ${where}: ${String(error)}`);
    }
  }
  return failures;
}

/** Faults of each state, in an order that the seed makes. */
function roundsOf(path: Path, breakable: Breakable): Round[] {
  const all = statesOf(path).flatMap((at, index) =>
    faultsOf(breakable, path, seed + index).map((fault) => ({ at, fault })),
  );
  return shuffled(all, seed).map((each, index) => ({ ...each, number: index + 1 }));
}

const isEnd = (way: Way, { kind }: Ending): boolean => ended[way].some((each) => each === kind);

const toText = ({ first, last, resumed, acknowledged, work, seconds }: Run): string => {
  const then = resumed === 0 ? "" : `, after ${resumed} more ${described(last)}`;
  return `${described(first)}${then}; ${seconds.toFixed(1)} s, ${acknowledged} writes and ${work.sessions} sessions acknowledged`;
};

const described = ({ kind, reason }: Ending): string =>
  reason === undefined ? kind : `${kind} (${reason.slice(0, 120)})`;

const through = (place: Place, port: number, dial: number): Place => ({
  ...place,
  url: withPort(place.url, port),
  dialUrl: withPort(place.url, dial),
});

export const withPort = (url: string, port: number): string => Object.assign(new URL(url), { port }).href;

/** The same with less time for each action. */
const hurried = (plan: Plan): Plan => ({
  ...plan,
  forward: plan.forward.map(hurry),
  back: plan.back.map(hurry),
});

const hurry = (state: State): State => ({
  ...state,
  actions: state.actions.map((action) => ({ ...action, timeout: Math.min(action.timeout, longest) })),
  ...(state.guard && { guard: { ...state.guard, timeout: Math.min(state.guard.timeout, longest) } }),
});
