import type { Entry, Ledger, LedgerMirror, RunRecord, RunStatus } from "./contract.ts";
import { keepMirrored, toText } from "./mirror.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** Where a ledger is written. */
export interface Place {
  /** Aborts when it is no longer this process's. */
  readonly lost: AbortSignal;
  append(entry: Entry): Promise<void>;
  finish(status: RunStatus): Promise<void>;
}

export interface KeptLedger extends Ledger {
  /** Where it is mirrored from now on: the target's bucket is there only after the target is. */
  mirrorTo(mirror: LedgerMirror): void;
  /** Waits for the mirror, for some seconds at the most. */
  flush(): Promise<void>;
}

/**
 * A run's ledger: what was read of it, and what is added.
 *
 * @param placeOf makes the place that it is written to, which may ask for all that is in it now.
 * @param note hears of a mirror that does not work, which is no reason to stop.
 */
export function keepLedger(
  read: RunRecord,
  placeOf: (now: () => RunRecord) => Place,
  note: (text: string) => void,
): KeptLedger {
  let record = read;
  const now = () => record;
  let place = placeOf(now);
  let mirror: LedgerMirror | undefined;
  let mirrored: ReturnType<typeof keepMirrored> | undefined;
  const become = (next: RunRecord) => {
    record = next;
    mirrored?.touch();
  };

  return {
    plan: read.plan,
    term: read.term,
    get lost() {
      return place.lost;
    },
    status: () => record.status,
    entries: () => record.entries,
    async append({ error, ...added }) {
      const { entries } = record;
      const entry: Entry = {
        ...added,
        ...(error !== undefined && { error: withoutSecrets(error) }),
        seq: entries.length + 1,
        at: new Date().toISOString(),
      };
      await place.append(entry);
      become({ ...record, entries: [...entries, entry] });
    },
    async finish(status) {
      await place.finish(status);
      become({ ...record, status });
    },
    async detach() {
      if (!mirror)
        throw new Error("The ledger has no mirror to go on in: the target's bucket does not answer.");
      await mirrored?.flush();
      mirrored = undefined;
      await mirror.write(toText(record));
      place = both(inMirror(mirror, now), place);
    },
    mirrorTo(given) {
      mirror = given;
      mirrored = keepMirrored(given, () => toText(record), note);
      mirrored.touch();
    },
    async flush() {
      await mirrored?.flush();
    },
  };
}

/** The mirror as the place itself: it fails where the mirror does. */
export const inMirror = (mirror: LedgerMirror, now: () => RunRecord): Place => ({
  lost: new AbortController().signal,
  append: (entry) => mirror.write(toText({ ...now(), entries: [...now().entries, entry] })),
  finish: (status) => mirror.write(toText({ ...now(), status })),
});

/** The first one counts; the other one may be gone, and is told for as long as it is there. */
const both = (first: Place, other: Place): Place => ({
  lost: first.lost,
  append: (entry) => first.append(entry).then(() => tell(other.append(entry))),
  finish: (status) => first.finish(status).then(() => tell(other.finish(status))),
});

const tell = (telling: Promise<void>): Promise<void> => telling.catch(() => undefined);
