import type { Manifest } from "../make.ts";
import type { BackupStore } from "../store.ts";
import type { Base } from "./base.ts";
import { positionAt, positionOf, segmentAt } from "./segments.ts";
import type { StoredSegment } from "./store.ts";

const form = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$/;
/** Between the clock of the server and the one of the store. Milliseconds. */
const tolerance = 60_000;

/** @throws when it is no moment, or has not been yet. */
export function parseMoment(text: string, now: Date): Date {
  const moment = new Date(text);
  if (!form.test(text) || Number.isNaN(moment.getTime()))
    throw new Error(
      `--at ${JSON.stringify(text)} is no moment: it must be a time with its zone, such as 2026-11-25T10:15:00Z.`,
    );
  if (moment > now)
    throw new Error(
      `--at ${text} is in the future: it is ${now.toISOString()} now. Name a moment that has been.`,
    );
  return moment;
}

/** What brings a server back to a moment. */
export interface Way {
  /** The backup with the copy of the server's files. */
  readonly name: string;
  readonly base: Base;
  /** Names of the log's segments, in their order. */
  readonly segments: readonly string[];
  /** The first one that is missing behind them, where there are later ones. */
  readonly missing: string | undefined;
}

/** @throws when there is none, saying which moments there are. */
export async function wayTo(store: BackupStore, moment: Date): Promise<Way> {
  const { name, base, last } = await chooseBase(store, moment);
  const first = positionAt(base.from);
  const wanted = (await store.wal.list(base.system)).filter(
    ({ name: segment }) => first <= positionOf(segment) && positionOf(segment) <= last,
  );
  const hole = wanted.findIndex((segment, index) => positionOf(segment.name) > first + index);
  const usable = hole === -1 ? wanted : wanted.slice(0, hole);
  const missing = hole === -1 ? undefined : segmentAt(first + hole, wanted[0]!.name.slice(0, 8));
  const end = usable.at(-1);
  if (end === undefined || end.modified.getTime() + tolerance < moment.getTime())
    throw new Error(outOfReach({ missing, end }));
  return { name, base, segments: usable.map((segment) => segment.name), missing };
}

/** Why the log does not reach a moment. */
export const outOfReach = ({
  missing,
  end,
}: {
  readonly missing: string | undefined;
  readonly end?: Pick<StoredSegment, "modified"> | undefined;
}): string =>
  missing === undefined
    ? `The database's log of that moment is not in the bucket yet${end ? `: what is there came until ${end.modified.toISOString()}` : ""}. It comes within some minutes; try again then, or name an earlier moment.`
    : `The database's log has a hole before that moment: ${missing} is missing in the bucket. Name a moment before it, or one after the next backup.`;

/** The newest copy that was whole by then; the one that was begun next after the moment ends what is needed of the log. */
async function chooseBase(store: BackupStore, moment: Date) {
  const names = (await store.list()).filter(({ isWhole, hasBase }) => isWhole && hasBase);
  let oldest: Base | undefined;
  let later: Base | undefined;
  for (const { name } of names.toReversed()) {
    const { base } = await store.getManifest<Manifest>(name);
    if (base === undefined) continue;
    if (new Date(base.at) <= moment) {
      const last = later?.system === base.system ? positionAt(later.from) : Infinity;
      return { name, base, last };
    }
    if (new Date(base.begun) > moment) later = base;
    oldest = base;
  }
  throw new Error(
    oldest === undefined
      ? "No moment can be restored: there is no backup with a copy of the server's files in the bucket. See backup.pointInTime in docs/backup.md."
      : `The first moment that can be restored is ${oldest.at}. Name a later one, or restore a backup: latest, or one that --list names.`,
  );
}
