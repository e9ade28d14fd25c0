import type { Observation } from "../agent/contract.ts";
import type { SessionEvent, SessionStatus } from "../contract.ts";

type WithoutPosition<Event> = Event extends unknown ? Omit<Event, "seq" | "at" | "attempt"> : never;

/** What a running session reports; the recorder adds its position and time. A picture travels beside its step. */
export type Report =
  | (Omit<Extract<WithoutPosition<SessionEvent>, { type: "step" }>, "screenshot"> & {
      /** PNG or WebP of the page after the action; `null` when none could be taken. */
      readonly image: Buffer | null;
    })
  | Extract<WithoutPosition<SessionEvent>, { type: "finding" }>;

/** Keeps what a session reports: in PostgreSQL and the storage for the API, on the terminal for `npm run session`. */
export type RecordReport = (report: Report) => Promise<void>;

export interface Verdict {
  readonly status: Extract<SessionStatus, "passed" | "failed" | "cancelled">;
  readonly reason: string;
}

/** Limits of one session. */
export interface Budget {
  /** Default 25; as many again in a new browser, in which what the earlier ones have done may be lost. */
  readonly maxSteps: number;
  /** Wall time in milliseconds. Default 5 minutes. */
  readonly maxMilliseconds: number;
  /** What a model reads and writes, in tokens. Default 300,000; an agent without a model uses none. */
  readonly maxTokens: number;
}

/** Where an attempt has got to, for whoever goes on with it in a new browser. */
export interface Checkpoint {
  /** The last complete step. */
  readonly step: number;
  /** What became of the steps so far; the last one's address is where the session goes on. */
  readonly history: Observation["history"];
  /** What they have used of the budget. */
  readonly spent: { readonly tokens: number; readonly milliseconds: number };
}
