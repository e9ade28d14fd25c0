import type { ActionSpec, State } from "../contract.ts";
import type { Outcome, RunnerOptions } from "./contract.ts";
import { checkHold, waitFor, whileHolding } from "./look.ts";
import { perform } from "./perform.ts";
import type { Standing } from "./standing.ts";
import { fail } from "./turn.ts";
import { performing, viewOf } from "./view.ts";

/** Does the next thing of a state. @returns the outcome when it leads no further. */
export async function goOnWithin<Context>(
  options: RunnerOptions<Context>,
  { effects, isEntered }: Standing,
  state: State,
): Promise<Outcome | undefined> {
  const { ledger, goOnFrom, onEvent } = options;
  const { name, actions, asks, guard } = state;
  if (!isEntered) {
    await ledger.append({ state: name, direction: "do", status: "begun" });
    onEvent?.({ kind: "state", state: name });
    return undefined;
  }
  const done = effects.filter((effect) => effect.state === name && effect.isDone);
  const next = actions.find((action) => !done.some(({ spec }) => spec.name === action.name));
  if (next) return act(options, state, next);
  if (asks && goOnFrom !== name) return { kind: "waiting", state: name };
  try {
    await checkHold(options, state);
    if (guard && !(await waitFor(options, guard))) return undefined;
  } catch (error) {
    return fail(options, state, error);
  }
  await ledger.append({ state: name, direction: "do", status: "done" });
  return undefined;
}

async function act<Context>(
  options: RunnerOptions<Context>,
  state: State,
  { name: action, timeout, detaches }: ActionSpec,
): Promise<Outcome | undefined> {
  const { ledger, onEvent, context, actions } = options;
  const at = { state: state.name, action };
  try {
    await checkHold(options, state);
    await ledger.append({ ...at, direction: "do", status: "begun" });
    onEvent?.({ kind: "begin", ...at });
    if (detaches) await ledger.detach();
    const detail = await whileHolding(options, state, (held) =>
      perform((signal) => actions[action]!(context, signal, viewOf(options)), {
        ...performing(options),
        name: action,
        timeout,
        signal: held,
      }),
    );
    await ledger.append({ ...at, direction: "do", status: "done", ...(detail && { detail }) });
  } catch (error) {
    return fail(options, state, error, action);
  }
  onEvent?.({ kind: "done", ...at });
  return undefined;
}
