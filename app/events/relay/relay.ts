/** Announcements over a connection that can be lost: what holds for every provider is said here, once. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Listener, Position, SessionAnnouncements } from "../contract.ts";

/** The one channel: announcements are short, and there is one for each event. */
export const channel = "testfarm_session_events";

const firstWait = 100;
const longestWait = 5_000;
/** How often a silent connection is asked whether it is still there. Milliseconds. */
const checkInterval = 5_000;

/** A connection that listens to `channel`. */
export interface Listening {
  /** Rejects when the other side does not answer any more. */
  check(): Promise<unknown>;
  close(): Promise<void>;
}

export interface Wire {
  /** @param onLost hears that the connection has ended. */
  listen(onMessage: (message: string) => void, onLost: (error: Error) => void): Promise<Listening>;
  send(message: string): Promise<unknown>;
  /** Ends what `send` stands on. */
  close(): void;
}

/**
 * @param onError hears of lost connections, which are made again until it succeeds, and of announcements that could not
 *   be sent.
 * @throws when the first connection cannot be made.
 */
export async function relay(wire: Wire, onError: (error: Error) => void): Promise<SessionAnnouncements> {
  const listeners = new Map<string, Set<Listener>>();
  const closing = new AbortController();
  let current: Listening | undefined;
  let reconnecting: Promise<void> = Promise.resolve();

  async function connect(): Promise<void> {
    const lost = new AbortController();
    const listening = await wire.listen(
      (message) => announce(parse(message)),
      (error) => lost.abort(error),
    );
    lost.signal.throwIfAborted();
    current = listening;
    lost.signal.addEventListener("abort", () => onLost(listening, lost.signal.reason as Error));
    void watch(listening, lost);
  }

  /** A connection can be gone without anybody having said so. */
  async function watch(listening: Listening, lost: AbortController): Promise<void> {
    const over = AbortSignal.any([closing.signal, lost.signal]);
    while (!over.aborted) {
      await listening.check().catch((error: unknown) => lost.abort(error));
      await sleep(checkInterval, undefined, { signal: over }).catch(() => undefined);
    }
  }

  function onLost(listening: Listening, error: Error): void {
    if (closing.signal.aborted) return;
    current = undefined;
    onError(error);
    // The other side may never answer a farewell.
    listening.close().catch(() => undefined);
    reconnecting = reconnect();
  }

  async function reconnect(): Promise<void> {
    for (let wait = firstWait; ; wait = Math.min(wait * 2, longestWait)) {
      await sleep(wait, undefined, { signal: closing.signal }).catch(() => undefined);
      if (closing.signal.aborted) return;
      try {
        await connect();
        for (const each of [...listeners.values()].flatMap((set) => [...set])) each();
        return;
      } catch (error) {
        onError(error as Error);
      }
    }
  }

  const announce = ({ sessionId, seq }: Position) => {
    for (const each of listeners.get(sessionId) ?? []) each(seq);
  };

  await connect();

  return {
    async publish({ sessionId, seq }) {
      await wire.send(`${sessionId}:${seq}`).catch(onError);
    },
    subscribe(sessionId, listener) {
      const own = listeners.get(sessionId) ?? new Set();
      listeners.set(sessionId, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(sessionId) === own) listeners.delete(sessionId);
      };
    },
    isListening: () => current !== undefined,
    async close() {
      closing.abort();
      await reconnecting;
      await current?.close();
      current = undefined;
      wire.close();
    },
  };
}

function parse(message: string): Position {
  const colon = message.lastIndexOf(":");
  return { sessionId: message.slice(0, colon), seq: Number(message.slice(colon + 1)) };
}
