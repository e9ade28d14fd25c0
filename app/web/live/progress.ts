import type { SessionEvent } from "../../contract.ts";

export type Step = Extract<SessionEvent, { type: "step" }>;
/** A finding and the step that showed it. */
export type Sighting = Extract<SessionEvent, { type: "finding" }>;
/** The session went on with another worker. */
export type Continued = Extract<SessionEvent, { type: "continued" }>;
type Ending = Extract<SessionEvent, { type: "ended" }>;

/** What the events so far add up to. */
export interface Progress {
  readonly lastSeq: number;
  readonly startedAt: string | null;
  readonly attempt: number;
  readonly steps: readonly Step[];
  readonly continued: readonly Continued[];
  readonly sightings: readonly Sighting[];
  readonly ending: Ending | null;
}

export const nothingYet: Progress = {
  lastSeq: 0,
  startedAt: null,
  attempt: 1,
  steps: [],
  continued: [],
  sightings: [],
  ending: null,
};

/** Adds one event. The stream replays from the start after a lost connection: what is known already changes nothing. */
export function receive(progress: Progress, event: SessionEvent): Progress {
  if (event.seq <= progress.lastSeq) return progress;
  const next = { ...progress, lastSeq: event.seq, attempt: event.attempt };
  switch (event.type) {
    case "started":
      return { ...next, startedAt: progress.startedAt ?? event.at };
    case "continued":
      return { ...next, continued: [...progress.continued, event] };
    case "step":
      return { ...next, steps: [...progress.steps, event] };
    case "finding":
      return { ...next, sightings: [...progress.sightings, event] };
    case "ended":
      return { ...next, ending: event };
  }
}
