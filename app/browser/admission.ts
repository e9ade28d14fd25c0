import type { Shortage } from "./strain.ts";

/** What `GET /pressure` answers. */
export interface Pressure {
  /** Whether another session would start at once. */
  readonly isAvailable: boolean;
  readonly running: number;
  readonly queued: number;
  readonly maxRunning: number;
  readonly maxQueued: number;
  /** Refused within the last minute. */
  readonly recentlyRejected: number;
  /** Why another session would wait; `null` when it would not. */
  readonly reason: "full" | Shortage | null;
}

/** No place, and none became free in time. */
export class NoCapacity extends Error {
  override readonly name = "NoCapacity";
  /** Seconds after which it is worth to ask again. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** A place for one session. */
export interface Place {
  /** The browser runs: its memory shows in what the machine has left. */
  settled(): void;
  /** The browser is gone, with its processes. */
  free(): void;
}

export interface AdmissionOptions {
  readonly maxRunning: number;
  readonly maxQueued: number;
  /** How long a request waits for a place. Milliseconds. */
  readonly patience: number;
  /** What the machine lacks for another session, given how many have just been let in. */
  readonly shortage: (starting: number) => Shortage | undefined;
}

interface Waiting {
  readonly enter: (place: Place) => void;
}

const words = {
  full: "every place is taken",
  memory: "the machine lacks memory",
  cpu: "the machine's processors are busy",
} as const;
const minute = 60_000;
/** Memory and processors become free without anybody saying so. */
const checkInterval = 250;

/**
 * Lets in as many sessions as there are places, and fewer when memory or processors are short; the others wait in turn,
 * for a bounded time and in a bounded number. With no session running the machine is not asked: waiting would not help.
 */
export function createAdmission({ maxRunning, maxQueued, patience, shortage }: AdmissionOptions) {
  const queue: Waiting[] = [];
  let running = 0;
  let starting = 0;
  let rejections: number[] = [];
  let check: NodeJS.Timeout | undefined;

  const obstacle = (): Pressure["reason"] => {
    if (running >= maxRunning) return "full";
    return running === 0 ? null : (shortage(starting) ?? null);
  };

  const take = (): Place => {
    let state: "starting" | "settled" | "free" = "starting";
    running += 1;
    starting += 1;
    return {
      settled() {
        if (state !== "starting") return;
        state = "settled";
        starting -= 1;
      },
      free() {
        this.settled();
        if (state === "free") return;
        state = "free";
        running -= 1;
        letIn();
      },
    };
  };

  const letIn = () => {
    while (queue.length > 0 && obstacle() === null) queue.shift()?.enter(take());
    clearTimeout(check);
    if (queue.length > 0) check = setTimeout(letIn, checkInterval);
  };

  const rejected = () => {
    const now = Date.now();
    rejections = [...rejections.filter((at) => now - at < minute), now].slice(-10_000);
    const reason = obstacle() ?? "full";
    // Spread, so that those who were refused together do not come back together.
    return new NoCapacity(`No browser is free: ${words[reason]}.`, 2 + Math.floor(Math.random() * 4));
  };

  return {
    /**
     * @param longest what this request waits at most, where that is shorter. Milliseconds.
     * @throws {NoCapacity} when the queue is full, or the time is over. @throws the signal's reason when that aborts.
     */
    async enter(signal: AbortSignal, longest = patience): Promise<Place> {
      signal.throwIfAborted();
      if (queue.length === 0 && obstacle() === null) return take();
      if (queue.length >= maxQueued) throw rejected();
      return new Promise<Place>((resolve, reject) => {
        const leave = (reason: () => unknown) => () => {
          queue.splice(queue.indexOf(waiting), 1);
          stop();
          reject(reason());
        };
        const late = setTimeout(leave(rejected), Math.min(longest, patience));
        const gone = leave(() => signal.reason);
        const stop = () => {
          clearTimeout(late);
          signal.removeEventListener("abort", gone);
        };
        const waiting: Waiting = {
          enter(place) {
            stop();
            resolve(place);
          },
        };
        signal.addEventListener("abort", gone);
        queue.push(waiting);
        letIn();
      });
    },

    pressure(): Pressure {
      const reason = obstacle();
      const since = Date.now() - minute;
      return {
        isAvailable: reason === null && queue.length === 0,
        running,
        queued: queue.length,
        maxRunning,
        maxQueued,
        recentlyRejected: rejections.filter((at) => at > since).length,
        reason,
      };
    },
  };
}

export type Admission = ReturnType<typeof createAdmission>;
