import type { ActionSpec, Path, State, Timing } from "../contract.ts";
import type { ActionName, GuardName } from "./names.ts";

const minute = 60_000;
const hour = 60 * minute;
/** For statements and requests that take no time worth mentioning. */
const short = minute;
/** For what a vendor makes: clusters and databases come into being in a quarter of an hour. */
const vendor = 2 * hour;
/** For what takes as long as there is data. */
const bulk = 24 * hour;

const act = (
  name: ActionName,
  timeout: number,
  more: Omit<ActionSpec, "name" | "timeout" | "undo"> & { readonly undo?: ActionName } = {},
): ActionSpec => ({ name, timeout, ...more });

const guard = (name: GuardName, timeout: number) => ({ guard: { name, timeout } });

/** What leads to the target. A failure while the source is closed opens it, and it is closed anew by whoever resumes. */
export function forwardStates(path: Path, timing: Timing, rehearses: boolean): State[] {
  const isOnline = path === "ONLINE";
  /** Behind the fence nothing takes longer than the fence stands: ONLINE that is `timing.window`. */
  const fenced = isOnline ? timing.window : bulk;
  const source = { undoTo: "QUIESCE", holds: "source-closed" } as const;
  const [smoke, lead] = [act("smoke-target", 15 * minute), act("switch-traffic", 10 * minute)];
  return [
    { name: "PREFLIGHT", actions: [act("check-before", 10 * minute)] },
    {
      name: "PROVISION",
      actions: [
        act("carry-secrets", 10 * minute),
        act("lower-ttl", 10 * minute, { undo: "restore-ttl" }),
        act("provision-target", vendor, { undo: "destroy-target" }),
        act("close-target", short),
        act("back-up-source", bulk),
        act("check-after", 10 * minute),
      ],
    },
    { name: "SCHEMA", actions: [act("empty-target", 10 * minute)] },
    {
      name: "SEED",
      actions: [
        ...(isOnline
          ? [
              act("publish", short, { undo: "unpublish" }),
              act("subscribe", short, { undo: "unsubscribe" }),
              act("wait-copied", bulk),
            ]
          : []),
        act("copy-objects", bulk),
      ],
    },
    // Before CATCHUP, since the lag has to be small when writing ends.
    ...(rehearses ? [{ name: "REHEARSE", actions: [act("rehearse", bulk)] } as const] : []),
    ...(isOnline
      ? [
          {
            name: "CATCHUP",
            actions: [
              act("verify-objects", bulk),
              // Not behind the fence: where the target analyses a table that has just been copied, it waits for a second.
              act("publish-back", short, { undo: "unpublish-back" }),
              act("wait-settled", bulk),
            ],
          } as const,
        ]
      : []),
    {
      name: "QUIESCE",
      undoTo: "QUIESCE",
      actions: [
        act("wait-forgotten", bulk + hour),
        ...(isOnline ? [act("read-ahead", bulk)] : []),
        act("drain-source", short, { undo: "open-source" }),
        act("wait-sessions", timing.sessions + short),
      ],
    },
    {
      name: "FENCE",
      undoTo: "QUIESCE",
      actions: [
        act("close-source", short, { undo: "open-source", closes: true }),
        act("probe-source", short),
      ],
    },
    {
      name: "DRAIN",
      ...source,
      actions: [
        isOnline ? act("drain-replication", fenced) : act("copy-database", fenced, { undo: "undo-copy" }),
        act("copy-sequences", fenced),
        act("copy-objects-again", fenced),
      ],
    },
    { name: "VERIFY", ...source, actions: [act("verify", fenced)] },
    ...(isOnline
      ? [
          {
            name: "REVERSE-ARM",
            ...source,
            actions: [act("subscribe-back", fenced, { undo: "unsubscribe-back" })],
            ...guard("streams-back", fenced),
          } as const,
        ]
      : []),
    {
      name: "SWITCH",
      undoTo: "QUIESCE",
      // OFFLINE all data would be copied once more, which is for the operator to decide.
      ...(isOnline && ({ goesBack: true } as const)),
      actions: [
        act("close-source-for-good", short, { undo: "limit-source" }),
        act("reach-target", short),
        act("open-target", short, { commits: true }),
        act("start-target", 30 * minute),
        // ONLINE people have been told of seconds, and a target that fails is led back from by itself.
        ...(isOnline ? [lead, smoke] : [smoke, lead]),
      ],
    },
    {
      name: "OBSERVE",
      asks: true,
      actions: [
        // Not sooner: until the target is open the source may open by itself, and then has to be followed on.
        ...(isOnline ? [act("unsubscribe", 5 * minute), act("unpublish", short)] : []),
        act("watch", 10 * minute),
      ],
      ...guard("observed", minute),
    },
    {
      name: "RETIRE",
      asks: true,
      actions: [
        ...(isOnline ? [act("disarm", 5 * minute, { isFinal: true })] : []),
        act("final-backup", bulk),
        act("unprotect", vendor),
      ],
    },
    { name: "DESTROY", actions: [act("destroy-source", vendor, { isFinal: true, detaches: true })] },
  ];
}

/** What leads back from a target that was opened, or may have been. A failure while it is closed opens it again. */
export function backStates(path: Path, timing: Timing): State[] {
  const isOnline = path === "ONLINE";
  const fenced = isOnline ? timing.window : bulk;
  const target = { undoTo: "QUIESCE-TARGET", holds: "target-closed" } as const;
  return [
    {
      name: "QUIESCE-TARGET",
      undoTo: "QUIESCE-TARGET",
      actions: [
        ...(isOnline ? [act("read-ahead-back", bulk)] : []),
        act("drain-target", short, { undo: "open-target" }),
        act("wait-sessions-target", timing.sessions + short),
      ],
    },
    {
      name: "FENCE-TARGET",
      undoTo: "QUIESCE-TARGET",
      actions: [
        act("fence-target", short, { undo: "open-target", closes: true }),
        act("probe-target", short),
      ],
    },
    {
      name: "DRAIN-BACK",
      ...target,
      actions: [
        isOnline
          ? act("drain-replication-back", fenced)
          : act("copy-database-back", fenced, { undo: "undo-copy-back" }),
        act("copy-sequences-back", fenced),
        act("copy-objects-back", fenced),
      ],
    },
    { name: "VERIFY-BACK", ...target, actions: [act("verify-back", fenced)] },
    {
      name: "SWITCH-BACK",
      undoTo: "QUIESCE-TARGET",
      actions: [
        act("close-target-for-good", short, { undo: "limit-target" }),
        act("open-source", short, { commits: true }),
        act("switch-traffic-back", 10 * minute),
        act("restore-ttl", 10 * minute),
        act("protect-source", vendor),
      ],
    },
    ...(isOnline
      ? [
          {
            name: "DISARM",
            actions: [
              act("unsubscribe-back", 5 * minute),
              act("unpublish-back", short),
              act("unsubscribe", 5 * minute),
              act("unpublish", short),
            ],
          } as const,
        ]
      : []),
  ];
}
