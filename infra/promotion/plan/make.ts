import { randomUUID } from "node:crypto";
import { type Path, type Plan, PromotionError, type RunningSessions, type Timing } from "../contract.ts";
import { backStates, forwardStates } from "./states.ts";

interface Choices {
  readonly from: string;
  readonly to: string;
  readonly path: Path;
  readonly reasons: readonly string[];
  /** Default: they are handed over. */
  readonly sessions?: RunningSessions;
  /** Whether the target looks into the source's bucket, too, until the source is retired. Default: it does not. */
  readonly readThrough?: boolean;
  /** Whether the move is rehearsed into a scratch stack before writing ends. Default: it is not. */
  readonly rehearses?: boolean;
  /** As the plan has it. */
  readonly recordsTtl?: number | undefined;
  /** What is to be other than by default. */
  readonly timing?: Partial<Timing>;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const longestWindow = 30 * second;
const margin = 5 * second;

/** For how long nobody may write, at the most, as an operator may wish it. Milliseconds. */
export const windows: Readonly<Record<Path, { readonly above: number; readonly most: number }>> = {
  ONLINE: { above: margin, most: longestWindow },
  OFFLINE: { above: margin, most: Infinity },
};

const defaults = (path: Path, sessions: RunningSessions, limit = hour): Timing => ({
  window: path === "ONLINE" ? longestWindow : Math.min(10 * minute, limit),
  limit,
  margin,
  interval: 250,
  settled: minute,
  sessions: sessions === "finish" ? hour : 2 * minute,
  observe: 24 * hour,
});

/**
 * A promotion that is yet to begin.
 *
 * @throws {PromotionError} when the choices do not go together.
 */
export function makePlan({
  from,
  to,
  path,
  reasons,
  sessions = "hand-over",
  readThrough = false,
  rehearses = false,
  recordsTtl,
  timing: wished = {},
}: Choices): Plan {
  if (from === to)
    throw new PromotionError(
      `"${from}" cannot be promoted to itself: name the stack that is to come in its place.`,
    );
  const timing = { ...defaults(path, sessions, wished.limit), ...wished };
  checkTiming(timing, path);
  return {
    run: randomUUID(),
    from,
    to,
    path,
    reasons,
    sessions,
    readThrough,
    ...(recordsTtl !== undefined && { recordsTtl }),
    createdAt: new Date().toISOString(),
    timing,
    forward: forwardStates(path, timing, rehearses),
    back: backStates(path, timing),
  };
}

function checkTiming(timing: Timing, path: Path): void {
  for (const [name, value] of Object.entries(timing))
    // An undefined setting comes from an option that was not given, and would become a timer of 1 ms.
    if (!Number.isFinite(value) || value < 0)
      throw new PromotionError(`timing.${name}: ${value} is no time: give milliseconds, 0 or more.`);
  const { window } = timing;
  if (path === "ONLINE" && window > longestWindow)
    throw new PromotionError(
      `timing.window: ${window} ms is too long ONLINE, where requests wait for it: ${longestWindow} ms at the most.`,
    );
  if (timing.margin >= window)
    throw new PromotionError(
      `timing.margin: ${timing.margin} ms has to be less than timing.window (${window} ms), or the source can never be closed for good.`,
    );
}
