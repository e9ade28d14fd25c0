import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { withClient } from "../../app/backup/connection.ts";
import { isRefused } from "../../app/db/gate.ts";

/** Writes a second, of all writers together. */
export const rate = 500;
const writers = 8;
/** Milliseconds until a writer that was refused asks the other side. */
const patience = 10;

/** What was written while an installation moved. */
export interface Pause {
  /** The longest time without an acknowledged write. */
  readonly milliseconds: number;
  readonly writes: number;
  readonly writesPerSecond: number;
  /** Acknowledged writes that the side which took the last one has not. */
  readonly lost: number;
}

/** Appends events to sessions of its own, on whichever side takes them. */
export async function keepWriting(urls: readonly [string, string]): Promise<{ stop(): Promise<Pause> }> {
  const over = new AbortController();
  const began = performance.now();
  let [last, longest] = [began, 0];
  const acknowledged = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const all = await Promise.all(Array.from({ length: writers }, () => open(urls)));
  const working = all.map((writer) => work(writer, over.signal, acknowledged));
  return {
    async stop() {
      over.abort();
      await Promise.all(working);
      const spent = performance.now() - began - longest;
      const writes = all.reduce((sum, { seq }) => sum + seq, 0);
      let lost = 0;
      for (const writer of all) lost += writer.seq - (await found(urls[writer.side], writer));
      await Promise.all(all.flatMap(({ clients }) => clients.map((client) => client.end())));
      return { milliseconds: longest, writes, writesPerSecond: (writes / spent) * 1_000, lost };
    },
  };
}

interface Writer {
  readonly clients: readonly [Client, Client];
  readonly session: string;
  readonly org: string;
  /** Which side it writes to. */
  side: 0 | 1;
  /** Of the last event that was acknowledged. */
  seq: number;
}

async function open(urls: readonly [string, string]): Promise<Writer> {
  const clients = await Promise.all([connect(urls[0]), connect(urls[1])]);
  const session = randomUUID();
  const begin = `INSERT INTO sessions (id, org_id, persona_id, url, objective, status)
     SELECT $1, org_id, id, 'http://shop.test/', 'Order a mug', 'passed' FROM personas LIMIT 1 RETURNING org_id`;
  for (const side of [0, 1] as const) {
    // The other side has nothing yet, or is closed.
    const { rows } = await clients[side]
      .query<{ org_id: string }>(begin, [session])
      .catch((error: unknown) => {
        if (isRefused(error)) return { rows: [] };
        throw error;
      });
    if (rows[0]) return { clients, session, org: rows[0].org_id, side, seq: 0 };
  }
  throw new Error("Neither side takes writes.");
}

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function work(writer: Writer, signal: AbortSignal, acknowledged: () => void): Promise<void> {
  const interval = (1_000 * writers) / rate;
  let due = performance.now();
  while (!signal.aborted) {
    if (await append(writer)) {
      acknowledged();
      due = Math.max(due + interval, performance.now());
      await sleep(due - performance.now());
    } else {
      writer.side = writer.side === 0 ? 1 : 0;
      await sleep(patience);
    }
  }
}

async function append(writer: Writer): Promise<boolean> {
  const { clients, session, org, side, seq } = writer;
  try {
    await clients[side].query(
      `INSERT INTO session_events (org_id, session_id, seq, attempt, type, payload)
       VALUES ($1, $2, $3, 1, 'note', jsonb_build_object('text', repeat('y', 300)))`,
      [org, session, seq + 1],
    );
  } catch (error) {
    if (isRefused(error)) return false;
    throw error;
  }
  writer.seq += 1;
  return true;
}

const found = (url: string, { session }: Writer): Promise<number> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ events: number }>(
      "SELECT count(*)::int AS events FROM session_events WHERE session_id = $1",
      [session],
    );
    return rows[0]!.events;
  });
