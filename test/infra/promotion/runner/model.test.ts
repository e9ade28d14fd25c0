import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Plan, PromotionError } from "../../../../infra/promotion/contract.ts";
import { advance, goBack } from "../../../../infra/promotion/runner/advance.ts";
import type { Outcome } from "../../../../infra/promotion/runner/contract.ts";
import { standingOf } from "../../../../infra/promotion/runner/standing.ts";
import { Memory, memoryMirror } from "./memory-ledger.ts";
import { plan, scripted } from "./scripted.ts";
import { expire, newWorld, openSides, type World, write } from "./world.ts";

/** Scenarios; `npm run test:promotion` tries more of them. */
const numRuns = Number(process.env["TESTFARM_PROMOTION_RUNS"] ?? 200);

/**
 * What happens at a moment of a run: before or after an action has its effect, or an entry is written.
 * - `crash`: the runner is gone.
 * - `fail`, `cut`: the action fails, for good or by its connection.
 * - `expire`: what is closed for a while opens.
 * - `interrupt`: the operator's Ctrl-C.
 * - `overtake`: another runner has taken the lock.
 */
const faults = ["crash", "fail", "cut", "expire", "interrupt", "overtake"] as const;
/** Of a failure: the seed that was printed. */
const seed = process.env["TESTFARM_PROMOTION_SEED"];
const replay = seed === undefined ? {} : { seed: Number(seed) };

interface Fault {
  readonly what: (typeof faults)[number];
  /** Moments since the fault before it, or since the runner has begun. */
  readonly after: number;
}

class Promotion {
  readonly world: World = newWorld();
  readonly memory: Memory;
  readonly happened: Record<string, number>;
  /** Outlives its runners. */
  readonly #mirror = memoryMirror();

  constructor(given: Plan, happened: Record<string, number>) {
    this.memory = new Memory(given);
    this.happened = happened;
  }

  /** A runner, from its start until it ends or is killed. */
  async run(isBack: boolean, goesOn: boolean, given: readonly Fault[]): Promise<Outcome | undefined> {
    const { world, memory, happened } = this;
    const left = [...given];
    let moments = left[0]?.after ?? 0;
    const dying = new AbortController();
    const dead = once(dying.signal, "abort").then(() => undefined);
    const stop = new AbortController();

    /** Never returns to a runner that is dead. */
    const moment = async (isAction: boolean) => {
      if (dying.signal.aborted) await new Promise(() => undefined);
      const [fault] = left;
      if (!fault || moments-- > 0) return;
      if (!isAction && (fault.what === "fail" || fault.what === "cut")) return;
      left.shift();
      moments = left[0]?.after ?? 0;
      happened[fault.what] = (happened[fault.what] ?? 0) + 1;
      if (fault.what === "crash") {
        dying.abort();
        await new Promise(() => undefined);
      }
      if (fault.what === "fail") throw new Error("failed");
      if (fault.what === "cut") throw Object.assign(new Error("cut"), { code: "ECONNRESET" });
      if (fault.what === "expire") expire(world);
      if (fault.what === "interrupt") stop.abort();
      // Not in the middle of an action: what fences off one that goes on is the term that the gate has seen.
      if (fault.what === "overtake" && !isAction) memory.open();
    };
    const scene = scripted({
      load: () => world,
      save: () => undefined,
      async around(when) {
        if (when === "before") write(world);
        await moment(true);
      },
    });
    const hold = (name: keyof typeof scene.holds) => async () => {
      if (dying.signal.aborted) await new Promise(() => undefined);
      return scene.holds[name](undefined, stop.signal, {
        term: 0,
        isRollingBack: false,
        earlier: () => undefined,
      });
    };
    const { state } = standingOf(memory.record.plan, memory.record.entries);
    const ledger = memory.open(() => moment(false));
    ledger.mirrorTo(this.#mirror);
    const options = {
      ledger,
      ...scene,
      holds: { "source-closed": hold("source-closed"), "target-closed": hold("target-closed") },
      goOnFrom: goesOn ? state?.name : undefined,
      signal: stop.signal,
    };
    const running = isBack ? goBack(options, "wanted") : advance(options);
    const outcome = await Promise.race([running, dead]);
    if (outcome) happened[outcome.kind] = (happened[outcome.kind] ?? 0) + 1;
    return outcome;
  }

  check(): void {
    assert.deepEqual(this.world.violations, []);
  }
}

type Model = object;

class Run implements fc.AsyncCommand<Model, Promotion> {
  readonly #back: boolean;
  readonly #goesOn: boolean;
  readonly #faults: readonly Fault[];
  constructor(back: boolean, goesOn: boolean, given: readonly Fault[]) {
    this.#back = back;
    this.#goesOn = goesOn;
    this.#faults = given;
  }
  check = () => true;
  async run(_: Model, promotion: Promotion): Promise<void> {
    try {
      await promotion.run(this.#back, this.#goesOn, this.#faults);
    } catch (error) {
      // The one thing that it may refuse.
      assert(error instanceof PromotionError);
      assert.match(error.message, /^Nothing leads back/);
    }
    promotion.check();
  }
  toString = () =>
    `${this.#back ? "goBack" : "advance"}${this.#goesOn ? " on" : ""}(${this.#faults.map(({ what, after }) => `${what}@${after}`).join(" ")})`;
}

class Write implements fc.AsyncCommand<Model, Promotion> {
  check = () => true;
  run = async (_: Model, { world }: Promotion) => write(world);
  toString = () => "write";
}

class Expire implements fc.AsyncCommand<Model, Promotion> {
  check = () => true;
  run = async (_: Model, { world }: Promotion) => expire(world);
  toString = () => "expire";
}

const someFaults = fc.array(
  fc.record({ what: fc.constantFrom(...faults), after: fc.oneof(fc.nat(12), fc.nat(120)) }),
  { minLength: 1, maxLength: 5, size: "max" },
);
const commands = fc.commands(
  [
    ...Array.from({ length: 5 }, () =>
      fc.tuple(fc.boolean(), someFaults).map(([goesOn, given]) => new Run(false, goesOn, given)),
    ),
    someFaults.map((given) => new Run(true, false, given)),
    fc.constant(new Write()),
    fc.constant(new Expire()),
  ],
  { maxCommands: 8, size: "max" },
);

/** Goes on without faults until the run has ended. */
async function converge(promotion: Promotion): Promise<void> {
  for (let left = 10; left > 0; left--) {
    const outcome = await promotion.run(false, true, []);
    promotion.check();
    if (outcome?.kind === "done" || outcome?.kind === "rolled-back") return;
    // A dead runner's ledger may be read once more by the event loop.
    await sleep(0);
  }
  assert.fail("The run does not come to an end.");
}

test(
  `in ${numRuns} scenarios of crashes, failures, windows that end and runners that are overtaken no write is lost, and never are two sides open`,
  { timeout: Math.max(300_000, numRuns * 1_500) },
  async () => {
    const happened: Record<string, number> = {};
    const property = fc.asyncProperty(fc.constantFrom("ONLINE", "OFFLINE"), commands, async (path, given) => {
      const real = new Promotion(plan(path), happened);
      await fc.asyncModelRun(() => ({ model: {}, real }), given);
      await converge(real);
      const { world, memory } = real;
      const { status } = memory.record;
      const side = status === "finished" ? "target" : "source";
      assert.deepEqual(openSides(world), [side]);
      assert.equal(world.rows[side], world.answered);
      // Once opened, a target is kept: data in it was somebody's.
      const kept = world.target === "closed for good" ? ["copy-database", "provision-target"] : [];
      if (side === "source")
        assert.deepEqual(
          world.built.filter((each) => !kept.includes(each)),
          [],
        );
    });
    const found = await fc.check(property, { numRuns, ...replay });
    console.log(`seed ${found.seed}: ${JSON.stringify(happened)}`);
    if (found.failed)
      throw new Error(fc.defaultReportMessage(found), {
        cause: (found as { errorInstance?: unknown }).errorInstance,
      });
    // Each of them has happened, and led everywhere.
    for (const each of [...faults, "waiting", "failed", "undone", "rolled-back", "done", "stopped"])
      expect(happened[each], each).toBeGreaterThan(0);
  },
);
