import { type Plan, PromotionError, type State } from "../contract.ts";

/** The names that something can be done by. */
interface Known {
  readonly actions: object;
  readonly guards: object;
  readonly holds: object;
}

/**
 * Makes sure that a plan can be followed, which another version of the program may have made.
 *
 * @throws {PromotionError} with all that is wrong with it.
 */
export function checkPlan({ run, forward, back }: Plan, known: Known): void {
  const problems = [...problemsOf(forward, known), ...problemsOf(back, known)];
  if (problems.length === 0) return;
  throw new PromotionError(
    [
      `This version cannot follow the plan of promotion ${run}; go on with the version that made it:`,
      ...problems.map((problem) => `  ${problem}`),
    ].join("\n"),
  );
}

function problemsOf(states: readonly State[], { actions, guards, holds }: Known): string[] {
  const names = states.map(({ name }) => name);
  return states.flatMap(({ name, actions: specs, guard, holds: hold, undoTo }, index) => [
    ...specs
      .flatMap((spec) => [spec.name, ...(spec.undo === undefined ? [] : [spec.undo])])
      .filter((action) => !Object.hasOwn(actions, action))
      .map((action) => `${name}: there is no action "${action}".`),
    ...(guard && !Object.hasOwn(guards, guard.name) ? [`${name}: there is no guard "${guard.name}".`] : []),
    ...(hold && !Object.hasOwn(holds, hold) ? [`${name}: nothing tells whether "${hold}" holds.`] : []),
    ...(hold && !undoTo
      ? [`${name}: it has something that holds, and no "undoTo" for when it does not.`]
      : []),
    ...(undoTo && !names.slice(0, index + 1).includes(undoTo)
      ? [`${name}: "${undoTo}" of its "undoTo" is no state before it.`]
      : []),
    ...(names.indexOf(name) === index ? [] : [`${name}: there are two of it.`]),
  ]);
}
