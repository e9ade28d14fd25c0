import type { State, StateName } from "../contract.ts";
import { LedgerLost } from "../ledger/contract.ts";
import type { Outcome, RunnerOptions } from "./contract.ts";
import { perform, StillRunning } from "./perform.ts";
import { reasonOf } from "./reason.ts";
import { nextUndo, type Standing, type Turn } from "./standing.ts";
import { performing, standingNow, viewOf } from "./view.ts";

/** Writes down that something of a state has failed, and where that leads. */
export async function fail<Context>(
  options: RunnerOptions<Context>,
  { name, undoTo, goesBack }: State,
  error: unknown,
  action?: string,
): Promise<Outcome | undefined> {
  const { ledger, onEvent } = options;
  if (error instanceof LedgerLost) throw error;
  ledger.lost.throwIfAborted();
  const at = { state: name, ...(action !== undefined && { action }) };
  const why = reasonOf(error);
  await ledger.append({ ...at, direction: "do", status: "failed", error: why });
  onEvent?.({ kind: "failed", ...at, reason: why });
  const reason = `${action ?? name}: ${why}`;
  const { hasCommitted, isGoingBack } = standingNow(options);
  if (error instanceof StillRunning) return { kind: "failed", state: name, reason };
  if (!hasCommitted && undoTo) await turnTo(options, undoTo, reason);
  else if (hasCommitted && goesBack && !isGoingBack) await leadBack(options, reason);
  else return { kind: "failed", state: name, reason };
  return undefined;
}

/** From here on everything since a state is undone. */
export async function turnTo<Context>(
  { ledger, onEvent }: RunnerOptions<Context>,
  state: StateName,
  reason: string,
  rollsBack = false,
): Promise<void> {
  const detail = rollsBack && { detail: { rollsBack } };
  await ledger.append({ state, direction: "undo", status: "begun", error: reason, ...detail });
  onEvent?.({ kind: "turn", to: state, reason });
}

/** From here on it goes through the states that lead back. */
export async function leadBack<Context>(
  { ledger, onEvent }: RunnerOptions<Context>,
  reason: string,
): Promise<void> {
  const first = ledger.plan.back[0]!.name;
  await ledger.append({ state: first, direction: "do", status: "begun", error: reason });
  onEvent?.({ kind: "turn", to: first, reason });
}

/** Why it has turned, the last time. */
export function lastTurn<Context>({ ledger }: RunnerOptions<Context>): string | undefined {
  const { back } = ledger.plan;
  const turns = ledger
    .entries()
    .filter(({ action, status }) => action === undefined && status === "begun")
    .filter(({ direction, state }) => direction === "undo" || state === back[0]?.name);
  return turns.at(-1)?.error;
}

/** Undoes one thing, the newest first. @returns the outcome when there is nothing more to undo, or it has failed. */
export async function undo<Context>(
  options: RunnerOptions<Context>,
  standing: Standing,
  turn: Turn,
): Promise<Outcome | undefined> {
  const { ledger, onEvent, context, actions } = options;
  const { to, reason, rollsBack } = turn;
  const effect = nextUndo(standing, turn);
  if (!effect) {
    if (rollsBack) {
      await ledger.finish("rolled-back");
      return undefined;
    }
    await ledger.append({ state: to, direction: "undo", status: "done" });
    return { kind: "undone", state: to, reason };
  }
  const { state, spec } = effect;
  const at = { state, action: spec.name };
  const entry = { ...at, direction: "undo" } as const;
  await ledger.append({ ...entry, status: "begun" });
  try {
    const detail = await perform((signal) => actions[spec.undo!]!(context, signal, viewOf(options)), {
      ...performing(options),
      name: spec.undo!,
      timeout: spec.timeout,
      signal: ledger.lost,
    });
    await ledger.append({ ...entry, status: "done", ...(detail && { detail }) });
  } catch (error) {
    if (error instanceof LedgerLost) throw error;
    ledger.lost.throwIfAborted();
    const why = reasonOf(error);
    await ledger.append({ ...entry, status: "failed", error: why });
    onEvent?.({ kind: "failed", ...at, reason: why });
    return {
      kind: "failed",
      state,
      reason: `${spec.name} cannot be undone: ${why} (it is undone because of ${reason})`,
    };
  }
  onEvent?.({ kind: "undone", ...at });
  return undefined;
}
