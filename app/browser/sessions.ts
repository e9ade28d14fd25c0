import { randomBytes, randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { Admission, Place } from "./admission.ts";
import type { Chromium } from "./chromium.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** As Browserbase names them. */
export type Status = "RUNNING" | "COMPLETED" | "ERROR" | "TIMED_OUT";

/** One browser, from its launch on. */
export interface BrowserSession {
  readonly id: string;
  /** Lets one client connect; whoever has it controls the browser. */
  readonly secret: string;
  readonly startedAt: Date;
  /** When it ends at the latest. Comes nearer when this process is told to end. */
  readonly expiresAt: Date;
  readonly status: Status;
  readonly endedAt: Date | undefined;
}

export interface SessionLimits {
  /** How long a session waits for its client. Milliseconds, here and below. */
  readonly connect: number;
  /** Between two commands of the client; an agent thinks for less. */
  readonly idle: number;
  /** From launch to end, whatever the client asks for. */
  readonly life: number;
  /** Between the end of the client's connection and that of the browser. */
  readonly grace: number;
}

export const sessionLimits: SessionLimits = {
  connect: 30_000,
  idle: 5 * 60_000,
  life: 60 * 60_000,
  grace: 1_000,
};

/** Ended sessions that still can be asked for. */
const remembered = 1_000;

interface Options {
  readonly admission: Admission;
  readonly launch: (signal: AbortSignal) => Promise<Pick<Chromium, "pipe" | "ended" | "close">>;
  readonly limits?: Partial<SessionLimits>;
  readonly log: Pick<Logger, "info" | "warn">;
}

/** What a client wants of its session; limits hold all the same. Milliseconds. */
interface Wishes {
  readonly life?: number | undefined;
  /** For a place. */
  readonly wait?: number | undefined;
}

export type BrowserSessions = ReturnType<typeof createSessions>;

/** The browsers of this process, each with one client. */
export function createSessions({ admission, launch, log, ...options }: Options) {
  const limits = { ...sessionLimits, ...options.limits };
  const sessions = new Map<string, Session>();
  const closing = new AbortController();
  const ending = new Set<Promise<unknown>>();

  const forgetOldest = () => {
    const ended = [...sessions.values()].filter(({ status }) => status !== "RUNNING");
    for (const { id } of ended.slice(0, Math.max(0, ended.length - remembered))) sessions.delete(id);
  };

  const begin = async (place: Place, signal: AbortSignal, milliseconds: number) => {
    const chromium = await launch(signal);
    if (signal.aborted) {
      await chromium.close();
      throw signal.reason;
    }
    place.settled();
    const session = new Session(chromium, { ...limits, life: Math.min(limits.life, milliseconds) }, () => {
      place.free();
      log.info({ sessionId: session.id, status: session.status }, "browser ended");
      forgetOldest();
    });
    sessions.set(session.id, session);
    log.info({ sessionId: session.id }, "browser started");
    return session;
  };

  return {
    /**
     * Waits for a place and launches a browser.
     *
     * @param signal ends the wait, or the launch, leaving nothing behind.
     * @throws {NoCapacity} when there is no place.
     */
    async create(signal: AbortSignal, { life = limits.life, wait }: Wishes = {}): Promise<BrowserSession> {
      const stop = AbortSignal.any([signal, closing.signal]);
      const place = await admission.enter(stop, wait);
      const beginning = begin(place, stop, life).catch((error: unknown) => {
        place.free();
        throw error;
      });
      const known = beginning.catch(() => undefined).finally(() => ending.delete(known));
      ending.add(known);
      return unlessAborted(beginning, stop);
    },

    find: (id: string): BrowserSession | undefined => sessions.get(id),

    /** Ends a session; one that has ended stays as it is. Resolves when its processes and files are gone. */
    release: async (id: string) => sessions.get(id)?.end("COMPLETED"),

    /** The browser's protocol for its one client; `undefined` when the session is over or has its client. */
    connect: (id: string) => sessions.get(id)?.connect(),

    isClosing: () => closing.signal.aborted,

    /** Refuses new sessions, lets the running ones end for a while, of which their clients can see the end, then ends them. */
    async close(patience: number): Promise<void> {
      closing.abort(new Error("This process is ending."));
      const running = () => [...sessions.values()].filter(({ status }) => status === "RUNNING");
      const deadline = Date.now() + patience;
      for (const session of running()) session.expireBy(new Date(deadline));
      while (running().length > 0 && Date.now() < deadline)
        await new Promise((next) => setTimeout(next, 100));
      await Promise.all([...ending, ...[...sessions.values()].map((session) => session.end("COMPLETED"))]);
    },
  };
}

/** What a client's connection has of a session. */
export interface Connection {
  readonly pipe: Chromium["pipe"];
  /** The client has said something. */
  touch(): void;
  /** The client is gone. */
  left(): void;
}

class Session implements BrowserSession {
  readonly id = randomUUID();
  readonly secret = randomBytes(32).toString("base64url");
  readonly startedAt = new Date();
  expiresAt: Date;
  status: Status = "RUNNING";
  endedAt: Date | undefined;
  readonly #chromium: Pick<Chromium, "pipe" | "close">;
  readonly #limits: SessionLimits;
  readonly #onEnd: () => void;
  readonly #life: NodeJS.Timeout;
  #quiet: NodeJS.Timeout;
  #isTaken = false;
  #ending: Promise<void> | undefined;

  constructor(
    chromium: Pick<Chromium, "pipe" | "ended" | "close">,
    limits: SessionLimits,
    onEnd: () => void,
  ) {
    this.#chromium = chromium;
    this.#limits = limits;
    this.#onEnd = onEnd;
    this.expiresAt = new Date(this.startedAt.getTime() + limits.life);
    this.#life = setTimeout(() => void this.end("TIMED_OUT"), limits.life);
    this.#quiet = this.#endAfter(limits.connect, "TIMED_OUT");
    chromium.ended.catch(() => void this.end("ERROR"));
  }

  connect(): Connection | undefined {
    // The state of one client is left in the browser; a second one would find it.
    if (this.#isTaken || this.status !== "RUNNING") return undefined;
    this.#isTaken = true;
    clearTimeout(this.#quiet);
    this.#quiet = this.#endAfter(this.#limits.idle, "TIMED_OUT");
    return {
      pipe: this.#chromium.pipe,
      touch: () => void this.#quiet.refresh(),
      left: () => {
        if (this.status !== "RUNNING") return;
        clearTimeout(this.#quiet);
        this.#quiet = this.#endAfter(this.#limits.grace, "COMPLETED");
      },
    };
  }

  expireBy(deadline: Date): void {
    if (deadline < this.expiresAt) this.expiresAt = deadline;
  }

  end(status: Exclude<Status, "RUNNING">): Promise<void> {
    this.#ending ??= this.#end(status);
    return this.#ending;
  }

  async #end(status: Status): Promise<void> {
    this.status = status;
    this.endedAt = new Date();
    clearTimeout(this.#life);
    clearTimeout(this.#quiet);
    try {
      await this.#chromium.close();
    } finally {
      this.#onEnd();
    }
  }

  #endAfter = (milliseconds: number, status: Exclude<Status, "RUNNING">) =>
    setTimeout(() => void this.end(status), milliseconds);
}
