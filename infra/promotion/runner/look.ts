import { setTimeout as sleep } from "node:timers/promises";
import { type GuardSpec, PromotionError, type State } from "../contract.ts";
import type { RunnerOptions } from "./contract.ts";
import { perform } from "./perform.ts";
import { isOfConnection, reasonOf } from "./reason.ts";
import { performing, viewOf } from "./view.ts";

/** For a look at whether a side is closed. Milliseconds. */
const lookTimeout = 60_000;

/**
 * Makes sure of what has to hold while a state's actions run.
 *
 * @throws {PromotionError} when it does not.
 */
export async function checkHold<Context>(options: RunnerOptions<Context>, { holds }: State): Promise<void> {
  if (!holds) return;
  const { ledger, context } = options;
  const doesHold = await perform((signal) => options.holds[holds](context, signal, viewOf(options)), {
    ...performing(options),
    name: `the look whether the ${toText(holds)}`,
    timeout: lookTimeout,
    signal: ledger.lost,
  });
  if (!doesHold) throw reopened(holds);
}

/** Does something, and ends it as soon as what has to hold does not any more. */
export async function whileHolding<Context, T>(
  options: RunnerOptions<Context>,
  { holds }: State,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { ledger, context } = options;
  const over = new AbortController();
  const broken = new AbortController();
  const signal = AbortSignal.any([ledger.lost, broken.signal]);
  const watch = async (hold: NonNullable<State["holds"]>) => {
    while (!signal.aborted && !over.signal.aborted) {
      await sleep(ledger.plan.timing.interval, undefined, { signal: over.signal });
      // Whether it can be looked at is found before the next action; this one may need no such connection.
      const doesHold = await options.holds[hold](context, over.signal, viewOf(options)).catch(() => true);
      if (!doesHold) broken.abort(reopened(hold));
    }
  };
  // Its last look is not waited for: the side is closed meanwhile, and people with it.
  if (holds) watch(holds).catch(() => undefined);
  try {
    return await work(signal);
  } finally {
    over.abort();
  }
}

const toText = (holds: NonNullable<State["holds"]>) => holds.replace("-", " is ");

const reopened = (holds: NonNullable<State["holds"]>) =>
  new PromotionError(
    `The ${holds.split("-")[0]} has opened by itself, since its time was over: it is written to again.`,
  );

/**
 * Looks at a guard again and again.
 *
 * @returns whether it holds; `false` when the run was asked to stop before.
 * @throws {PromotionError} when it does not hold within its time, with what it lacks.
 */
export async function waitFor<Context>(
  options: RunnerOptions<Context>,
  { name, timeout }: GuardSpec,
): Promise<boolean> {
  const { ledger, context, guards, signal: asked } = options;
  const deadline = Date.now() + timeout;
  let lacks = "";
  for (;;) {
    if (asked?.aborted) return false;
    ledger.lost.throwIfAborted();
    try {
      const found = await guards[name]!(context, ledger.lost, viewOf(options));
      if (found === true) return true;
      lacks = found;
    } catch (error) {
      if (!isOfConnection(error)) throw error;
      lacks = reasonOf(error);
    }
    if (Date.now() >= deadline)
      throw new PromotionError(`${name} does not hold after ${timeout / 1_000} s: ${lacks}`);
    await sleep(ledger.plan.timing.interval);
  }
}
