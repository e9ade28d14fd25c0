import type { Client } from "pg";
import type { Detail, Plan, Progress, Side } from "../contract.ts";
import type { Action as RunnersAction, Guard as RunnersGuard, RunView } from "../runner/contract.ts";
import { withConnection } from "../connection.ts";
import { isOutOfReach, reasonOf } from "../runner/reason.ts";
import type { Queue } from "../verify/queue.ts";

export type End = "source" | "target";

/** What the actions of one promotion work with. */
export interface Context {
  readonly plan: Plan;
  /** Opened when it is asked for first; the target is there from `provision-target` on. */
  readonly side: (end: End) => Promise<Side>;
  readonly surroundings: Surroundings;
  /** Connections and objects at the same time. */
  readonly jobs: number;
  readonly report: (progress: Progress) => void;
  readonly note: (text: string) => void;
}

/**
 * What a promotion does beside moving data: to the stacks that both sides are, and to the world around them. Everything may
 * have been interrupted anywhere before, and ends soon after `signal` aborts.
 */
export interface Surroundings {
  /**
   * Makes sure that there is no target yet, which the promotion is to make and may have to remove.
   *
   * @returns what `destroyTarget` and `protectSource` are to know.
   */
  checkTarget(signal: AbortSignal): Promise<Detail>;
  /** Gives the target's stack the secrets of the source that have to stay what they are. */
  carrySecrets(signal: AbortSignal): Promise<Detail>;
  /** Lets others keep the address of the page for a short time only. */
  lowerTtl(signal: AbortSignal): Promise<Detail>;
  /** As long as before. */
  restoreTtl(signal: AbortSignal): Promise<Detail>;
  provisionTarget(signal: AbortSignal): Promise<Detail>;
  /** For as long as others may keep it from before that; says until when they do, as it goes. */
  waitForgotten(lowered: Detail, signal: AbortSignal): Promise<Detail>;
  /**
   * With all its data. The stack and its file are then as they were.
   *
   * @param before what `checkTarget` has told.
   */
  destroyTarget(before: Detail, signal: AbortSignal): Promise<Detail>;
  /** Makes a backup of a side, and tries it. @returns its name, or why there is none. */
  backUp(end: End, signal: AbortSignal): Promise<Detail>;
  /** Moves the source as it is now into a scratch stack, tries that and removes it. @returns how long each part took. */
  rehearse(signal: AbortSignal): Promise<Detail>;
  /** Until people are served there. */
  waitServed(end: End, signal: AbortSignal): Promise<Detail>;
  /**
   * The queue of a side.
   *
   * @param databaseUrl of it, reachable from here.
   * @throws {AccessError} where only the side itself reaches it.
   */
  openQueue(end: End, databaseUrl: string): Promise<Queue>;
  /** Runs a session there to its end. */
  smoke(end: End, signal: AbortSignal): Promise<Detail>;
  /** Leads people to a side. */
  switchTraffic(end: End, signal: AbortSignal): Promise<Detail>;
  unprotectSource(signal: AbortSignal): Promise<Detail>;
  /**
   * As it was before that.
   *
   * @param before what `checkTarget` has told.
   */
  protectSource(before: Detail, signal: AbortSignal): Promise<Detail>;
  destroySource(signal: AbortSignal): Promise<Detail>;
}

export type Action = RunnersAction<Context>;
export type Guard = RunnersGuard<Context>;

/** Does something on a side's database, as its owner, by a connection of its own. */
export async function on<T>(context: Context, end: End, work: (client: Client) => Promise<T>): Promise<T> {
  const { databaseUrl } = await context.side(end);
  return withConnection(databaseUrl, work);
}

/**
 * What undoes something on the target, or on both sides, and does not need it where the target is about to go: one that does
 * not answer any more keeps nobody from rolling back.
 *
 * @param rest what is left to undo on the source then.
 */
export const orWithoutTarget =
  (undo: Action, rest: (context: Context, run: RunView) => Promise<void> = () => Promise.resolve()): Action =>
  async (context, signal, run) => {
    try {
      return await undo(context, signal, run);
    } catch (error) {
      if (!run.isRollingBack || !isOutOfReach(error)) throw error;
      await rest(context, run);
      return { skipped: `${context.plan.to} is out of reach, and goes: ${reasonOf(error)}` };
    }
  };

/** The same with a connection to each side. */
export const onBoth = <T>(
  context: Context,
  work: (source: Client, target: Client) => Promise<T>,
): Promise<T> => on(context, "source", (source) => on(context, "target", (target) => work(source, target)));
