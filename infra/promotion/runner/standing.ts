import type { ActionSpec, Detail, Plan, State, StateName } from "../contract.ts";
import type { Entry } from "../ledger/contract.ts";

/** An action that was begun and is not undone. */
export interface Effect {
  readonly state: StateName;
  readonly spec: ActionSpec;
  readonly isDone: boolean;
  readonly detail: Detail | undefined;
}

/** What is being undone: all from a state on. */
export interface Turn {
  readonly to: StateName;
  readonly reason: string;
  /** Whether the run ends with it. */
  readonly rollsBack: boolean;
}

/** Where a run is, as its ledger says. */
export interface Standing {
  /** Of the way it is on. */
  readonly states: readonly State[];
  readonly isGoingBack: boolean;
  /** The one that it is in; `undefined` after the last one. */
  readonly state: State | undefined;
  readonly isEntered: boolean;
  /** In the order in which they were begun. */
  readonly effects: readonly Effect[];
  readonly turn: Turn | undefined;
  /** Whether nothing is undone any more of the way that it is on. */
  readonly hasCommitted: boolean;
  /** Whether nobody may be able to write. */
  readonly isClosed: boolean;
  /** Whether nothing leads back any more. */
  readonly isFinal: boolean;
}

export function standingOf({ forward, back }: Plan, entries: readonly Entry[]): Standing {
  const effects = new Map<string, Effect>();
  const entered = new Set<StateName>();
  const left = new Set<StateName>();
  let isGoingBack = false;
  let turn: Turn | undefined;

  const forget = (to: StateName) => {
    const names = namesFrom(isGoingBack ? back : forward, to);
    for (const name of names) {
      entered.delete(name);
      left.delete(name);
    }
    for (const [key, { state }] of effects) if (names.includes(state)) effects.delete(key);
    turn = undefined;
    // The way back that was undone was not gone: the target is served, as it was before.
    if (to === back[0]?.name) isGoingBack = false;
  };
  const ofState = ({ state, direction, status, detail, error }: Entry) => {
    if (direction === "undo") {
      if (status === "begun")
        turn = { to: state, reason: error ?? "", rollsBack: detail?.["rollsBack"] === true };
      if (status === "done") forget(state);
    } else if (status === "begun") {
      entered.add(state);
      if (back.some(({ name }) => name === state)) isGoingBack = true;
    } else if (status === "done") left.add(state);
  };
  const ofAction = ({ state, action, direction, status, detail }: Entry) => {
    const key = `${state} ${action}`;
    if (direction === "undo") {
      if (status === "done") effects.delete(key);
      return;
    }
    const spec = [...forward, ...back]
      .find(({ name }) => name === state)
      ?.actions.find(({ name }) => name === action);
    if (spec) effects.set(key, { state, spec, isDone: status === "done", detail });
  };
  for (const entry of entries) (entry.action === undefined ? ofState : ofAction)(entry);

  const states = isGoingBack ? back : forward;
  const state = states.find(({ name }) => !left.has(name));
  const ofThisWay = (effect: Effect) => states.some(({ name }) => name === effect.state);
  const all = [...effects.values()];
  const hasCommitted = all.some((effect) => effect.spec.commits && ofThisWay(effect));
  return {
    states,
    isGoingBack,
    state,
    isEntered: state !== undefined && entered.has(state.name),
    effects: all,
    turn,
    hasCommitted,
    isClosed: !hasCommitted && all.some((effect) => effect.spec.closes && ofThisWay(effect)),
    isFinal: all.some(({ spec }) => spec.isFinal),
  };
}

/** What is to be undone next; `undefined` when all of it is. */
export const nextUndo = ({ states, effects }: Standing, { to }: Turn): Effect | undefined =>
  effects.findLast(({ state, spec }) => spec.undo !== undefined && namesFrom(states, to).includes(state));

const namesFrom = (states: readonly State[], first: StateName): StateName[] => {
  const names = states.map(({ name }) => name);
  return names.slice(names.indexOf(first));
};
