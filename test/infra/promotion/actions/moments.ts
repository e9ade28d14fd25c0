/** When a runner can be killed, and rounds of promotions there and back in which it is. */
import type { Path } from "../../../../infra/promotion/contract.ts";
import type { Stores } from "./ground.ts";
import { planOf } from "./installation.ts";
import { seed, shuffled } from "./seeded.ts";

export type Way = "there" | "back";
export type RedisOn = "both" | "target" | "neither";

/** `before`: it is written down that the action begins; `after`: it has done all, and that is not yet written down. */
export interface Moment {
  readonly when: "before" | "after";
  readonly action: string;
}

export interface Round {
  /** From 1. */
  readonly number: number;
  readonly path: Path;
  readonly stores: Stores;
  /** Which sides have Redis, where the application runs on both; absent where it does not. */
  readonly redis?: RedisOn | undefined;
  readonly kills: Readonly<Record<Way, Moment>>;
}

export const toText = ({ when, action }: Moment): string => `${when} ${action}`;

/** All that there are until the target is observed, on the way back from there, and until the source is gone. */
export function momentsOf(path: Path, way: Way | "retire"): Moment[] {
  const { forward, back } = planOf(path);
  const observed = forward.findIndex(({ asks }) => asks) + 1;
  const states = { there: forward.slice(0, observed), back, retire: forward.slice(observed) };
  return states[way].flatMap(({ actions }) =>
    actions.flatMap(({ name: action }) => [
      { when: "before", action } as const,
      { when: "after", action } as const,
    ]),
  );
}

/** The application, which takes its time, is in every so many rounds. */
const applicationEvery = 5;
const redis = ["both", "target", "neither"] as const satisfies readonly RedisOn[];
const stores = ["disk", "disk to bucket", "bucket"] as const satisfies readonly Stores[];

/**
 * As many rounds as the way there has moments: each of them once, each of the way back at least once.
 */
export function roundsOf(path: Path): Round[] {
  const there = shuffled(momentsOf(path, "there"), seed);
  const back = shuffled(momentsOf(path, "back"), seed + 1);
  return there.map((moment, index) => ({
    number: index + 1,
    path,
    stores: stores[index % stores.length]!,
    ...(index % applicationEvery === 0 && { redis: redis[(index / applicationEvery) % redis.length] }),
    kills: { there: moment, back: back[index % back.length]! },
  }));
}
