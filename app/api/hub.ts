import type { SessionEvent } from "../contract.ts";
import type { Database } from "../db/database.ts";
import { findPosition, readEvents } from "../db/events.ts";
import type { SessionAnnouncements } from "../events/contract.ts";

/** An event as every reader is sent it. */
export interface Frame {
  readonly seq: number;
  readonly text: string;
  /** The session has ended with it. */
  readonly isLast: boolean;
}

/** One client of one session, which goes at its own pace and costs a number, however far it lags behind. */
export interface Reader {
  /**
   * What comes after what it has been given, in order and without a gap: at once where there is something, else when
   * something happens. Empty after a time in which nothing did; `undefined` when there will be nothing any more, because
   * the session was deleted, or `stop` was called.
   */
  next(): Promise<readonly Frame[] | undefined>;
  stop(): void;
}

interface Session {
  readonly orgId: string;
  readonly sessionId: string;
}

/** Live events for any number of readers: what happens in a session is read once for all of them. */
export interface Hub {
  /** @param after `seq` of the newest event that the reader has. */
  read(session: Session, after: number): Reader;
  /** Ends every reader that there is. */
  endReaders(): void;
  /** Ends every reader, and those that come later at once. */
  close(): void;
}

interface Options {
  readonly db: Database;
  readonly announcements: Pick<SessionAnnouncements, "subscribe">;
  /** Hears that events could not be read; they are tried again with the next announcement. */
  readonly onError: (error: unknown) => void;
  /** After which a reader is given nothing. Milliseconds. */
  readonly silence: number;
}

const batch = 100;

export function createHub(options: Options): Hub {
  const topics = new Map<string, Topic>();
  let isClosed = false;
  const endReaders = () => {
    for (const topic of topics.values()) topic.close();
  };
  return {
    read(session, after) {
      const { sessionId } = session;
      const topic = topics.get(sessionId) ?? openTopic(options, session);
      topics.set(sessionId, topic);
      const reader = topic.read(after, () => {
        if (topics.get(sessionId) === topic) topics.delete(sessionId);
      });
      if (isClosed) reader.stop();
      return reader;
    },
    endReaders,
    close() {
      isClosed = true;
      endReaders();
    },
  };
}

type Topic = ReturnType<typeof openTopic>;

/** The newest events of one session that somebody reads. */
function openTopic({ db, announcements, onError, silence }: Options, session: Session) {
  /** Without a gap, and up to `head`. */
  let kept: readonly Frame[] = [];
  /** `seq` of the newest event; unknown until the first look. */
  let head: number | undefined;
  let isGone = false;
  let isStale = false;
  let refreshing: Promise<void> | undefined;
  const readers = new Set<() => void>();
  const waiting = new Map<() => void, (isSilence: boolean) => void>();

  const wake = (isSilence: boolean) => {
    const woken = [...waiting.values()];
    waiting.clear();
    for (const resolve of woken) resolve(isSilence);
  };

  /** However many announcements come while it reads, they are one reason to look again. */
  const refresh = (): Promise<void> => {
    isStale = true;
    refreshing ??= catchUp()
      .catch(onError)
      .finally(() => (refreshing = undefined));
    return refreshing;
  };

  async function catchUp(): Promise<void> {
    while (isStale) {
      isStale = false;
      const position = await findPosition(db, session.orgId, session.sessionId);
      isGone = position === undefined;
      head ??= position?.lastSeq;
      const newest = position?.lastSeq ?? 0;
      for (let found = batch; head !== undefined && head < newest && found > 0;) {
        const frames = await readFrames(head);
        found = frames.length;
        kept = [...kept, ...frames].slice(-batch);
        head = frames.at(-1)?.seq ?? head;
        wake(false);
      }
    }
    if (isGone) wake(false);
  }

  const readFrames = async (seq: number): Promise<readonly Frame[]> =>
    (await readEvents(db, session.orgId, { ...session, seq }, batch)).map(toFrame);

  const isInMemory = (seq: number) => seq >= (kept[0] === undefined ? (head ?? Infinity) : kept[0].seq - 1);
  const hasMore = (seq: number) => (kept.at(-1)?.seq ?? 0) > seq;

  const unsubscribe = announcements.subscribe(session.sessionId, (seq) => {
    if (seq === undefined || head === undefined || seq > head) void refresh();
  });
  const heartbeat = setInterval(() => void refresh().then(() => wake(true)), silence);
  const prepared = refresh();

  return {
    read(after: number, onEmpty: () => void): Reader {
      let seq = after;
      let isStopped = false;
      const isOver = () => isStopped || isGone;
      const stop = () => {
        if (!readers.delete(stop)) return;
        isStopped = true;
        waiting.get(stop)?.(false);
        waiting.delete(stop);
        if (readers.size > 0) return;
        clearInterval(heartbeat);
        unsubscribe();
        onEmpty();
      };
      readers.add(stop);
      return {
        async next() {
          await prepared;
          while (!isOver()) {
            const frames = isInMemory(seq) ? kept.filter((each) => each.seq > seq) : await readFrames(seq);
            if (frames.length > 0) {
              seq = frames.at(-1)!.seq;
              return frames;
            }
            if (hasMore(seq) || isOver()) continue;
            if (await new Promise<boolean>((resolve) => waiting.set(stop, resolve))) return [];
          }
          return undefined;
        },
        stop,
      };
    },
    close() {
      for (const stop of readers) stop();
    },
  };
}

const toFrame = (event: SessionEvent): Frame => ({
  seq: event.seq,
  text: `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`,
  isLast: event.type === "ended",
});
