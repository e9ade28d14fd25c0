import type { Plan, Timing } from "../../../../infra/promotion/contract.ts";
import { makePlan } from "../../../../infra/promotion/plan/make.ts";
import type { Action, RunnerOptions } from "../../../../infra/promotion/runner/contract.ts";
import { deeds, watch, type World } from "./world.ts";

/** So short that nothing is waited for. */
export const timing: Partial<Timing> = { interval: 1, window: 20_000, margin: 1, settled: 0, sessions: 0 };

export const plan = (path: Plan["path"], other: Partial<Timing> = {}): Plan =>
  makePlan({ from: "mvp", to: "validation", path, reasons: [], timing: { ...timing, ...other } });

/** Where the world is kept, and what happens around what is done to it. */
export interface Scene {
  load(): World;
  save(world: World): void;
  /** Before it has any effect, and after it. */
  around?(moment: "before" | "after", action: string, signal: AbortSignal): unknown;
}

/** Actions, guards and holds on a world. */
export function scripted({
  load,
  save,
  around = () => undefined,
}: Scene): Pick<RunnerOptions<undefined>, "actions" | "guards" | "holds" | "context"> {
  const names = (["ONLINE", "OFFLINE"] as const)
    .map((path) => makePlan({ from: "a", to: "b", path, reasons: [], rehearses: true }))
    .flatMap(({ forward, back }) => [...forward, ...back])
    .flatMap(({ actions }) => actions.flatMap(({ name, undo }) => [name, undo ?? name]));
  const action =
    (name: string): Action<undefined> =>
    async (_, signal) => {
      await around("before", name, signal);
      const world = load();
      deeds[name]?.(world);
      watch(world);
      save(world);
      await around("after", name, signal);
      return { did: name };
    };
  return {
    context: undefined,
    actions: Object.fromEntries(names.map((name) => [name, action(name)])),
    guards: { "streams-back": async () => true, observed: async () => true },
    holds: {
      "source-closed": async () => load().source.startsWith("closed"),
      "target-closed": async () => load().target !== "open",
    },
  };
}
