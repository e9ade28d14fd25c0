import { AccessError } from "../../contracts/access.ts";
import { actions, guards, holds } from "../actions/index.ts";
import { type Plan, PromotionError, type Side, type StateName } from "../contract.ts";
import { mirrorIn } from "../ledger/mirror.ts";
import { openMirrored } from "../ledger/open-mirrored.ts";
import { type OpenLedger, resumeRun, startRun } from "../ledger/open.ts";
import { advance, goBack } from "../runner/advance.ts";
import type { Outcome } from "../runner/contract.ts";
import { isOfConnection, reasonOf } from "../runner/reason.ts";
import { standingNow } from "../runner/view.ts";
import { type OpenPromotion, openPromotion, openSide, type Promoting } from "./open.ts";

export interface Going extends Promoting {
  /** Stops between two actions. */
  readonly signal: AbortSignal;
}

/** Begins a promotion, and goes on to where the operator is asked. */
export const begin = (plan: Plan, going: Going): Promise<Outcome> =>
  withLedger(
    plan.from,
    going,
    (source) => startRun(plan, { url: source.databaseUrl, note: noteOf(going) }),
    go,
  );

/** Goes on with a promotion from a side. */
export const resume = (from: string, going: Going): Promise<Outcome> =>
  withLedger(from, going, resuming(going), go);

/**
 * Goes on from a state that asks.
 *
 * @throws {PromotionError} where it has not come so far, or is led back: that is not what was asked.
 */
export const goOnFrom = (state: StateName, from: string, going: Going): Promise<Outcome> =>
  withLedger(from, going, resuming(going), (options) => {
    refuseBefore(state, options);
    return go({ ...options, goOnFrom: state });
  });

function refuseBefore(asked: StateName, { ledger }: Options): void {
  const { from, to } = ledger.plan;
  const { states, state, isGoingBack, turn } = standingNow({ ledger });
  const which = `The promotion of ${from} to ${to}`;
  if (ledger.status() === "rolled-back")
    throw new PromotionError(`${which} was led back: people are served by ${from}, which stays.`);
  if (isGoingBack || turn) throw new PromotionError(`${which} is being led back. Resume it first.`);
  const names = states.map(({ name }) => name);
  if (state && names.indexOf(state.name) < names.indexOf(asked))
    throw new PromotionError(
      `${which} is in ${state.name}, and has to wait in ${asked} before ${from} may go. Resume it first.`,
    );
}

/**
 * Goes on where the source was being taken away, by the ledger in the bucket of the stack that it was promoted to.
 *
 * @throws {PromotionError} where that knows of no such promotion, or the source should still be there.
 */
export async function resumeWithoutSource(from: string, to: string, going: Going): Promise<Outcome> {
  const { project, addresses, signal, onEvent } = going;
  const target = await openSide(project, to, addresses.target);
  try {
    const ledger = await openMirrored(target.objects, from, noteOf(going));
    const promotion = openPromotion(ledger.plan, undefined, going);
    try {
      const { context } = promotion;
      return await advance({ ledger, actions, guards, holds, context, signal, onEvent });
    } finally {
      await ledger.flush();
      await promotion.close();
    }
  } finally {
    await target.close();
  }
}

/** Leads back. */
export const rollBack = (from: string, reason: string, going: Going): Promise<Outcome> =>
  withLedger(from, going, resuming(going), (options) => goBack(options, reason));

const noteOf =
  ({ onEvent }: Going) =>
  (text: string) =>
    onEvent({ kind: "note", text });

const resuming = (going: Going) => (source: Side) =>
  resumeRun({ url: source.databaseUrl, note: noteOf(going) });

type Options = Parameters<typeof advance<OpenPromotion["context"]>>[0];

const go = (options: Options): Promise<Outcome> => advance(options);

async function withLedger(
  from: string,
  going: Going,
  open: (source: Side) => Promise<OpenLedger>,
  work: (options: Options) => Promise<Outcome>,
): Promise<Outcome> {
  const { project, addresses, signal, onEvent } = going;
  const source = await openSide(project, from, addresses.source);
  try {
    const ledger = await open(source).catch((cause: unknown) => {
      if (!isOfConnection(cause)) throw cause;
      throw new AccessError(
        `The database of ${from}, which has the ledger, does not answer: ${reasonOf(cause)}. Once it does, the same command goes on.`,
        { cause },
      );
    });
    try {
      const promotion = openPromotion(ledger.plan, source, going);
      const { context } = promotion;
      /** No reason to stop where there is none: what is led back may have no target any more. */
      async function mirror() {
        try {
          const { objects } = await context.side("target");
          ledger.mirrorTo(mirrorIn(objects, ledger.plan.run));
        } catch (error) {
          noteOf(going)(`The ledger has no mirror: ${reasonOf(error)}`);
        }
      }
      try {
        if (isThere(ledger)) await mirror();
        return await work({
          ledger,
          actions,
          guards,
          holds,
          context,
          signal,
          onEvent(event) {
            onEvent(event);
            if (event.kind === "done" && event.action === "close-target") void mirror();
          },
        });
      } finally {
        // The mirror is in the target's bucket.
        await ledger.flush();
        await promotion.close();
      }
    } finally {
      await ledger.close();
    }
  } finally {
    await source.close();
  }
}

/** Whether the target is. */
const isThere = ({ entries }: OpenLedger): boolean =>
  entries().some(({ action, status, direction }) => {
    return action === "close-target" && status === "done" && direction === "do";
  });
