import type { Ledger } from "../ledger/contract.ts";
import type { RunnerOptions, RunView } from "./contract.ts";
import { type Standing, standingOf } from "./standing.ts";

interface Of {
  readonly ledger: Ledger;
}

/** Where the run is now. */
export const standingNow = ({ ledger }: Of): Standing => standingOf(ledger.plan, ledger.entries());

/** What actions, guards and holds may know of the run. */
export const viewOf = ({ ledger }: Of): RunView => ({
  term: ledger.term,
  isRollingBack: standingNow({ ledger }).turn?.rollsBack === true,
  earlier: (action) => standingNow({ ledger }).effects.findLast(({ spec }) => spec.name === action)?.detail,
});

/** What is the same for all that a run performs. */
export const performing = <Context>({ ledger, onEvent, stopPatience = 30_000 }: RunnerOptions<Context>) => ({
  interval: ledger.plan.timing.interval,
  stopPatience,
  note: (text: string) => onEvent?.({ kind: "note", text }),
});
