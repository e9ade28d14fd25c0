import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { Pool } from "pg";
import type { Listener, Position, SessionAnnouncements } from "./contract.ts";

const channel = "testfarm_session_events";
const firstWait = 100;
const longestWait = 5_000;

interface Options {
  /** Sends; may be pooled. */
  readonly pool: Pool;
  /** Listens, on a connection of its own; never pooled. */
  readonly directUrl: string;
  /** Hears of lost connections; a new one is made until it succeeds. */
  readonly onError: (error: Error) => void;
}

/** LISTEN/NOTIFY: for installations without Redis. */
export async function postgresAnnouncements(options: Options): Promise<SessionAnnouncements> {
  const { pool, directUrl, onError } = options;
  const listeners = new Map<string, Set<Listener>>();
  const closing = new AbortController();
  let client: Client | undefined;

  async function connect(): Promise<void> {
    const next = new Client({ connectionString: directUrl, keepAlive: true });
    let lost = false;
    const onLost = (error?: Error) => {
      if (lost || closing.signal.aborted) return;
      lost = true;
      onError(error ?? new Error("PostgreSQL closed the connection that listens for session events."));
      if (client === next) reconnecting = reconnect();
    };
    next.on("error", onLost).on("end", () => onLost());
    next.on("notification", ({ payload }) => announce(parse(payload ?? "")));
    try {
      await next.connect();
      await next.query(`LISTEN ${channel}`);
    } catch (error) {
      lost = true;
      await next.end();
      throw error;
    }
    client = next;
  }

  async function reconnect(): Promise<void> {
    client = undefined;
    for (let wait = firstWait; !closing.signal.aborted; wait = Math.min(wait * 2, longestWait)) {
      try {
        await connect();
        for (const each of [...listeners.values()].flatMap((set) => [...set])) each();
        return;
      } catch (error) {
        onError(error as Error);
        await sleep(wait, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }

  const announce = ({ sessionId, seq }: Position) => {
    for (const each of listeners.get(sessionId) ?? []) each(seq);
  };

  let reconnecting: Promise<void> = Promise.resolve();
  await connect();

  return {
    async publish({ sessionId, seq }) {
      await pool.query("SELECT pg_notify($1, $2)", [channel, `${sessionId}:${seq}`]);
    },
    subscribe(sessionId, listener) {
      const own = listeners.get(sessionId) ?? new Set();
      listeners.set(sessionId, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(sessionId) === own) listeners.delete(sessionId);
      };
    },
    isListening: () => client !== undefined,
    async close() {
      closing.abort();
      await reconnecting;
      await client?.end();
      client = undefined;
    },
  };
}

function parse(payload: string): Position {
  const colon = payload.lastIndexOf(":");
  return { sessionId: payload.slice(0, colon), seq: Number(payload.slice(colon + 1)) };
}
