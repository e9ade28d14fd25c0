import type { Detail, Plan, StateName } from "../contract.ts";

/** Something that was done in a run, or was about to be. Entries are only ever added. */
export interface Entry {
  /** From 1, without holes. */
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  readonly state: StateName;
  /**
   * Absent for the state as a whole: `do` is `begun` when it is entered and `done` when what has to hold after it did;
   * `undo` from it on is `begun` with the reason as its error, and `done` when all of it is undone.
   */
  readonly action?: string;
  readonly direction: "do" | "undo";
  readonly status: "begun" | "done" | "failed";
  readonly detail?: Detail;
  /** Without secrets. */
  readonly error?: string;
}

export type NewEntry = Omit<Entry, "seq" | "at">;

/** `finished` and `rolled-back` are for good. */
export type RunStatus = "running" | "finished" | "rolled-back";

/** A run as it is written down. */
export interface RunRecord {
  readonly plan: Plan;
  readonly status: RunStatus;
  /** How many runners it has had. */
  readonly term: number;
  readonly entries: readonly Entry[];
}

/** What a runner writes down, and goes by. Only who has taken the run's lock has one. */
export interface Ledger {
  readonly plan: Plan;
  /** Goes up with each runner: whoever has a lower one than somebody has seen is no longer the runner. */
  readonly term: number;
  /** Aborts when the lock is lost, and another runner may go on with the run. */
  readonly lost: AbortSignal;
  status(): RunStatus;
  entries(): readonly Entry[];
  /**
   * It is there for good once this resolves, and nobody else was the runner until then.
   *
   * @throws {LedgerLost}
   */
  append(entry: NewEntry): Promise<void>;
  /** Ends the run. @throws {LedgerLost} */
  finish(status: Exclude<RunStatus, "running">): Promise<void>;
  /** From here on the mirror is the ledger, and the place that it is in may go. @throws when it cannot be mirrored. */
  detach(): Promise<void>;
}

/** Where the ledger can be read when the source does not answer. */
export interface LedgerMirror {
  write(text: string): Promise<void>;
  read(): Promise<string | undefined>;
}

/** Whoever gets it is no longer the one that may go on with the run. */
export class LedgerLost extends Error {
  override readonly name = "LedgerLost";
}
