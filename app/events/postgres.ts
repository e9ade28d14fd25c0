import { Client } from "pg";
import type { Pool } from "pg";
import type { SessionAnnouncements } from "./contract.ts";
import { channel, relay } from "./relay/relay.ts";
import type { Listening } from "./relay/relay.ts";

interface Options {
  /** Sends; may be pooled. */
  readonly pool: Pool;
  /** Listens, on a connection of its own; never pooled. */
  readonly directUrl: string;
  /** Hears of lost connections; a new one is made until it succeeds. */
  readonly onError: (error: Error) => void;
}

/** LISTEN/NOTIFY: for installations without Redis. */
export function postgresAnnouncements({ pool, directUrl, onError }: Options): Promise<SessionAnnouncements> {
  async function listen(
    onMessage: (message: string) => void,
    onLost: (error: Error) => void,
  ): Promise<Listening> {
    const client = new Client({ connectionString: directUrl, keepAlive: true, query_timeout: 5_000 });
    client.on("error", onLost);
    client.on("end", () =>
      onLost(new Error("PostgreSQL closed the connection that listens for session events.")),
    );
    client.on("notification", ({ payload }) => onMessage(payload ?? ""));
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
    } catch (error) {
      await client.end();
      throw error;
    }
    return { check: () => client.query("SELECT 1"), close: () => client.end() };
  }

  const send = (message: string) => pool.query("SELECT pg_notify($1, $2)", [channel, message]);
  return relay({ listen, send, close: () => undefined }, onError);
}
