import type { Detail, HoldName, RunEvent, StateName } from "../contract.ts";
import type { Ledger } from "../ledger/contract.ts";

/** What an action may know of the run that it is part of. */
export interface RunView {
  /** Goes up with each runner: what fences off a runner that was thought dead. */
  readonly term: number;
  /** Whether all that was done is being undone, and the target goes. */
  readonly isRollingBack: boolean;
  /** What an action has told when it was done; `undefined` where it was not, or was undone. */
  earlier(action: string): Detail | undefined;
}

/**
 * Does, or undoes, one thing. It may have been interrupted anywhere before, and ends soon after `signal` aborts; one that
 * fails by a connection is tried again.
 */
export type Action<Context> = (
  context: Context,
  signal: AbortSignal,
  run: RunView,
) => Promise<Detail | undefined | void>;

/** Looks once. `true`, or what lacks still: `2 of 9 tables are not copied`. */
export type Guard<Context> = (context: Context, signal: AbortSignal, run: RunView) => Promise<true | string>;

/** Looks whether a side is closed still; may give it more time, since it is asked again and again while an action goes on. */
export type Hold<Context> = (context: Context, signal: AbortSignal, run: RunView) => Promise<boolean>;

export interface RunnerOptions<Context> {
  readonly ledger: Ledger;
  readonly actions: Readonly<Record<string, Action<Context>>>;
  readonly guards: Readonly<Record<string, Guard<Context>>>;
  readonly holds: Readonly<Record<HoldName, Hold<Context>>>;
  /** Passed on to them. */
  readonly context: Context;
  /** The last state of the way there to go through. Default: as far as it goes. */
  readonly stopAfter?: StateName | undefined;
  /** The state that asks, from which the operator's word leads on. Default: it waits there. */
  readonly goOnFrom?: StateName | undefined;
  /** Stops between two actions. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: (event: RunEvent) => void;
  /** How long an action may take to end after it was told to. Milliseconds. Default: 30 s. */
  readonly stopPatience?: number;
}

/**
 * How far a run has come.
 * - `done`: to its end.
 * - `waiting`: nothing leads on but the operator's word, given as `goOnFrom`.
 * - `stopped`: as it was asked to; resume goes on.
 * - `failed`: it stays where it is; resume tries it again.
 * - `undone`: something failed, and what was done since `state` began is undone; resume begins again there. On the way
 *   back: the target is served as before, and resume goes on forward.
 * - `rolled-back`: to where it came from, for good.
 */
export interface Outcome {
  readonly kind: "done" | "waiting" | "stopped" | "failed" | "undone" | "rolled-back";
  readonly state: StateName;
  /** For people, without secrets. */
  readonly reason?: string;
  /** Of what was stopped: nobody can write until it goes on, or until the side that was closed opens by itself. */
  readonly isClosed?: true;
}
