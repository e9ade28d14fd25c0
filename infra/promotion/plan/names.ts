/**
 * What a plan's states name. All of them may be run again after they were interrupted anywhere, and those that undo
 * also where there is nothing to undo.
 */
export type ActionName =
  // PREFLIGHT to SCHEMA: the target is made, and nobody but the promotion writes to it.
  | "check-before"
  | "carry-secrets"
  | "lower-ttl"
  | "restore-ttl"
  | "provision-target"
  | "destroy-target"
  | "close-target"
  | "back-up-source"
  | "check-after"
  | "empty-target"
  // SEED to CATCHUP: what is there is copied while it is served.
  | "publish"
  | "unpublish"
  | "subscribe"
  | "unsubscribe"
  | "wait-copied"
  | "copy-objects"
  | "rehearse"
  | "verify-objects"
  | "publish-back"
  | "unpublish-back"
  | "wait-settled"
  // QUIESCE to VERIFY: writing ends, the rest is copied, and it is compared.
  | "wait-forgotten"
  | "read-ahead"
  | "drain-source"
  | "wait-sessions"
  | "close-source"
  | "probe-source"
  /** Also of a source that has opened by itself. Its epoch goes up only on the way back. */
  | "open-source"
  | "drain-replication"
  | "copy-database"
  | "undo-copy"
  | "copy-sequences"
  | "copy-objects-again"
  | "verify"
  // REVERSE-ARM to OBSERVE: the target is served, and the source follows it.
  | "subscribe-back"
  | "unsubscribe-back"
  /** Fails where the source has opened by itself. */
  | "close-source-for-good"
  /** Lets a source that was closed for good open by itself again, after another window. */
  | "limit-source"
  /** Looks whether it could be opened: once `open-target` was begun, the way back asks what was written there. */
  | "reach-target"
  /** Also takes back `drain-target` and `fence-target`; its epoch goes up once a run. */
  | "open-target"
  | "start-target"
  | "smoke-target"
  | "switch-traffic"
  | "watch"
  // RETIRE and DESTROY.
  | "disarm"
  | "final-backup"
  | "unprotect"
  | "destroy-source"
  // The way back. A target whose epoch says that it was never opened has nothing to bring back: they say so in their
  // detail, and do no more.
  | "read-ahead-back"
  | "drain-target"
  | "wait-sessions-target"
  | "fence-target"
  | "probe-target"
  | "drain-replication-back"
  | "copy-database-back"
  | "undo-copy-back"
  | "copy-sequences-back"
  | "copy-objects-back"
  | "verify-back"
  | "close-target-for-good"
  | "limit-target"
  | "switch-traffic-back"
  /** Puts on again what `unprotect` may have taken off. */
  | "protect-source";

export type GuardName =
  /** Changes come back from the target. */
  | "streams-back"
  /** The target has served for as long as `timing.observe`, and changes still come back. */
  | "observed";
