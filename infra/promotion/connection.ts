import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";

/** No statement of an action takes longer: who has heard nothing by then hears no more, and has to ask again. Milliseconds. */
const patience = 60_000;
/** How a connection is opened that may go dead without a word: the system looks for the other end after 10 s of silence. */
export const lively = {
  connectionTimeoutMillis: 10_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
} as const;
/** How long the other end's goodbye is waited for. Milliseconds. */
const goodbye = 1_000;

/**
 * Does something by a connection of its own, on a way that may go dead without a word, as when a firewall forgets it.
 *
 * @throws also when the connection breaks, or an answer does not come within a minute.
 */
export async function withConnection<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    ...lively,
    query_timeout: patience,
  });
  // Whatever is asked next fails with it.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await leave(client);
  }
}

/** Ends a connection, whether or not the other end says anything any more. */
export async function leave(client: Client): Promise<void> {
  const over = new AbortController();
  await Promise.race([client.end(), sleep(goodbye, undefined, { signal: over.signal })]);
  over.abort();
  keepNothing(client);
}

/** Its types lack it: the connection does not keep the process. */
export const keepNothing = (client: Client): void => (client as Client & { unref(): void }).unref();
