import type { Plan, RunEvent } from "../../../../infra/promotion/contract.ts";
import type { RunnerOptions } from "../../../../infra/promotion/runner/contract.ts";
import { Memory } from "./memory-ledger.ts";
import { type Scene, scripted } from "./scripted.ts";
import { newWorld, write } from "./world.ts";

type Around = NonNullable<Scene["around"]>;

/** A run in a world of its own. What `around` does happens to every action. */
export function begin(given: Plan, around: Around = () => undefined) {
  const memory = new Memory(given);
  const world = newWorld();
  write(world);
  const events: RunEvent[] = [];
  const scene = scripted({ load: () => world, save: () => undefined, around });
  const options = (more: Omit<Partial<RunnerOptions<undefined>>, "ledger"> = {}) => ({
    ledger: memory.open(),
    ...scene,
    onEvent: (event: RunEvent) => events.push(event),
    ...more,
  });
  return { memory, world, events, scene, options };
}

/** Fails before an action, as often as is said. */
export function failing(action: string, error: Error, times = Infinity): Around {
  let left = times;
  return (moment, name) => {
    if (moment === "before" && name === action && left-- > 0) throw error;
  };
}

/** The plan with less time for an action. */
export const withTimeout = ({ forward, ...rest }: Plan, action: string, timeout: number): Plan => ({
  ...rest,
  forward: forward.map((state) => ({
    ...state,
    actions: state.actions.map((spec) => (spec.name === action ? { ...spec, timeout } : spec)),
  })),
});
