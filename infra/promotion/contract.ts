/** What the parts of a promotion say to each other. A promotion moves an installation from one stack to another one. */
import type { DatabaseKind } from "./capabilities.ts";
import type { ObjectStore } from "./objects/contract.ts";

/** ONLINE: the data follows while it is served, by logical replication. OFFLINE: it is copied while nobody writes. */
export type Path = "ONLINE" | "OFFLINE";

/** What becomes of sessions that run when writing ends: they go on on the target, or end on the source first. */
export type RunningSessions = "hand-over" | "finish";

/** Name of the installation on this machine, which has no stack. */
export const embedded = "embedded";

/** One end of a promotion: an installation that is up, as its operator reaches it. */
export interface Side {
  /** `mvp`; `embedded` is the installation on this machine. */
  readonly name: string;
  readonly kind: DatabaseKind;
  /** The database as its owner, reachable from here. Never pooled. A secret. */
  readonly databaseUrl: string;
  /** The same as the other side's server reaches it; `undefined` where it cannot. A secret. */
  readonly dialUrl: string | undefined;
  readonly objects: ObjectStore;
  /** Where people open it, without a slash at the end. */
  readonly url: string;
  /** Ends forwards and one-shots; the installation runs on. */
  close(): Promise<void>;
}

/** A promotion as data, as the ledger keeps it: whoever resumes it needs nothing else. No secret is in it. */
export interface Plan {
  readonly run: string;
  readonly from: string;
  readonly to: string;
  readonly path: Path;
  /** Why this path, a line each: `Render publishes no changes: support has to turn it on`. */
  readonly reasons: readonly string[];
  readonly sessions: RunningSessions;
  /** Whether the target looks into the source's bucket for a screenshot that it does not have, until the source is retired. */
  readonly readThrough: boolean;
  /**
   * Seconds for which others keep the source's records of a domain that both stacks have, as its file says before that is
   * lowered. Absent: there are none that the stack makes.
   */
  readonly recordsTtl?: number;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly timing: Timing;
  /** What leads to the target. */
  readonly forward: readonly State[];
  /** What leads back once an action that `commits` was begun; before that each action's `undo` does. */
  readonly back: readonly State[];
}

/** All in milliseconds. Part of the plan, so that tests shorten them. */
export interface Timing {
  /**
   * For how long nobody may write, at the most: then the source opens by itself. ONLINE at most 30 s. OFFLINE this is how
   * long it stays closed after a runner was lost: while an action goes on, what it `holds` gives it more, up to `limit`.
   */
  readonly window: number;
  /** OFFLINE, for how long nobody may write altogether, which the operator has agreed to. */
  readonly limit: number;
  /** What has to be left of it when the source is closed for good. */
  readonly margin: number;
  /** Between two looks at something that is waited for. */
  readonly interval: number;
  /** How long the lag of replication has to be small before writing may end. */
  readonly settled: number;
  /** How long sessions may take to be handed over, or to end. */
  readonly sessions: number;
  /** How long the old side stays as it is, before it may be retired. */
  readonly observe: number;
}

export type StateName =
  | "PREFLIGHT"
  | "PROVISION"
  | "SCHEMA"
  | "SEED"
  | "CATCHUP"
  | "REHEARSE"
  | "QUIESCE"
  | "FENCE"
  | "DRAIN"
  | "VERIFY"
  | "REVERSE-ARM"
  | "SWITCH"
  | "OBSERVE"
  | "RETIRE"
  | "DESTROY"
  // The way back from an opened target.
  | "QUIESCE-TARGET"
  | "FENCE-TARGET"
  | "DRAIN-BACK"
  | "VERIFY-BACK"
  | "SWITCH-BACK"
  | "DISARM";

export interface State {
  readonly name: StateName;
  readonly actions: readonly ActionSpec[];
  /** What has to hold before the next state begins. */
  readonly guard?: GuardSpec;
  /** What has to hold while its actions run; if it does not any more, everything from `undoTo` on is undone. */
  readonly holds?: HoldName;
  /** Where a failure leads, before an action that `commits` was begun: `resume` begins again there. Absent: it stays here. */
  readonly undoTo?: StateName;
  /** Whether a failure leads back, after an action that `commits` was begun. Default: it stays here. */
  readonly goesBack?: true;
  /** Whether nothing leads on from here but the operator's word. */
  readonly asks?: true;
}

/** Which side refuses writes. */
export type HoldName = "source-closed" | "target-closed";

/** Named, so that it can be written down: `actions` of `infra/promotion/actions` does what the name says. */
export interface ActionSpec {
  readonly name: string;
  /** Name of what takes it back; absent where there is nothing to take back. */
  readonly undo?: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** Once it was begun, nothing before it is undone any more: of the way there `back` leads back, of that one nothing. */
  readonly commits?: true;
  /** Once it was begun, nobody may be able to write until one that `commits`, or the side opens by itself. */
  readonly closes?: true;
  /** Once it was begun, nothing leads back any more. */
  readonly isFinal?: true;
  /** It takes the source away and the ledger with it, which goes on in the mirror. */
  readonly detaches?: true;
}

export interface GuardSpec {
  readonly name: string;
  /** Milliseconds. */
  readonly timeout: number;
}

/** What an action tells of what it has done, for people and for later actions. No secret may be in it. */
export type Detail = Readonly<Record<string, unknown>>;

/** How far something is. */
export interface Progress {
  /** `rows of public.session_events`, `objects`. */
  readonly what: string;
  readonly done: number;
  readonly of: number;
  readonly bytes?: number;
}

/** Of a run, as it happens. */
export type RunEvent =
  | { readonly kind: "state"; readonly state: StateName }
  | { readonly kind: "begin" | "done" | "undone"; readonly state: StateName; readonly action: string }
  | { readonly kind: "failed"; readonly state: StateName; readonly action?: string; readonly reason: string }
  | { readonly kind: "turn"; readonly to: StateName; readonly reason: string }
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "note"; readonly text: string };

/** Why a run does not go on, for its operator. */
export class PromotionError extends Error {
  override readonly name = "PromotionError";
}
