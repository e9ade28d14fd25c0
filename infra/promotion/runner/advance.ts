import { PromotionError } from "../contract.ts";
import { LedgerLost } from "../ledger/contract.ts";
import { checkPlan } from "../plan/check.ts";
import { goOnWithin } from "./act.ts";
import type { Outcome, RunnerOptions } from "./contract.ts";
import { reasonOf } from "./reason.ts";
import type { Standing } from "./standing.ts";
import { lastTurn, leadBack, turnTo, undo } from "./turn.ts";
import { standingNow } from "./view.ts";

/**
 * Goes on with a run, in the direction that its ledger says: from one action to the next, each written down before it is
 * begun and when it is done, so that whoever is killed anywhere can go on.
 *
 * @throws {PromotionError} when the plan has names that nothing is known by.
 */
export async function advance<Context>(options: RunnerOptions<Context>): Promise<Outcome> {
  checkPlan(options.ledger.plan, options);
  return lostTold(options, async () => {
    for (;;) {
      const outcome = await step(options);
      if (outcome) return outcome;
    }
  });
}

/**
 * Turns a run back and goes on with that: by undoing all that was done, or, once something has committed it, through the
 * states that lead back. One that was turned already goes on.
 *
 * @param options `stopAfter` and `goOnFrom` are of the way there, and mean nothing here.
 * @throws {PromotionError} when nothing leads back any more.
 */
export async function goBack<Context>(options: RunnerOptions<Context>, reason: string): Promise<Outcome> {
  const { ledger } = options;
  const { plan } = ledger;
  const { isFinal, isGoingBack, hasCommitted, turn } = standingNow(options);
  if (isFinal || ledger.status() === "finished")
    throw new PromotionError(
      `Nothing leads back from ${plan.to} to ${plan.from} any more: ${plan.from} does not follow it since it was retired. Promote ${plan.to} to ${plan.from}, as a new promotion.`,
    );
  return lostTold(options, async () => {
    const hasTurned = isGoingBack || turn?.rollsBack || ledger.status() === "rolled-back";
    if (!hasTurned) {
      if (hasCommitted) await leadBack(options, reason);
      else await turnTo(options, plan.forward[0]!.name, reason, true);
    }
    const { stopAfter: _, goOnFrom: __, ...rest } = options;
    return advance(rest);
  });
}

/** Another runner may be at work: it is not for this one to do anything more. */
async function lostTold<Context>(
  options: RunnerOptions<Context>,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LedgerLost)) throw error;
    return { kind: "failed", state: nameOf(standingNow(options)), reason: reasonOf(error) };
  }
}

/** Does one thing. @returns the outcome when there is nothing more to do. */
async function step<Context>(options: RunnerOptions<Context>): Promise<Outcome | undefined> {
  const { ledger, signal, stopAfter } = options;
  ledger.lost.throwIfAborted();
  const standing = standingNow(options);
  const { state, states, isGoingBack, turn } = standing;
  const name = nameOf(standing);
  const status = ledger.status();
  if (status === "finished") return { kind: "done", state: name };
  if (status === "rolled-back") {
    const reason = lastTurn(options);
    return { kind: "rolled-back", state: name, ...(reason !== undefined && { reason }) };
  }
  if (signal?.aborted && !isSwitching(standing)) {
    const { isClosed } = standing;
    return { kind: "stopped", state: name, reason: "It was asked to stop.", ...(isClosed && { isClosed }) };
  }
  if (turn) return undo(options, standing, turn);
  if (!state) {
    await ledger.finish(isGoingBack ? "rolled-back" : "finished");
    return undefined;
  }
  const last = states.findIndex((each) => each.name === stopAfter);
  if (last >= 0 && last < states.indexOf(state))
    return { kind: "stopped", state: name, reason: `It was to stop after ${stopAfter}.` };
  return goOnWithin(options, standing, state);
}

/** One side may be closed for good by now, and the other one is not open yet: nobody waits there for an operator. */
const isSwitching = ({ state, isEntered, hasCommitted, turn }: Standing): boolean =>
  !turn && isEntered && !hasCommitted && state?.actions.some(({ commits }) => commits) === true;

const nameOf = ({ state, states }: Standing) => (state ?? states.at(-1)!).name;
