import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { atEnd } from "../../../support/at-end.ts";
import { connected, ids } from "./server.ts";

const writers = 8;

export interface Writer {
  /** Sessions with the last event that was acknowledged. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Acknowledged writes. */
  count(): number;
  /** What the first write that was refused was told; waits for it. */
  refused(): Promise<string | undefined>;
  stop(): Promise<void>;
}

/**
 * Eight workers, as the application has them: each makes sessions and appends events to them, and remembers what the
 * database has acknowledged.
 *
 * @param rate acknowledged writes a second, of all together.
 */
export async function startWriter(url: string, rate: number): Promise<Writer> {
  const acknowledged = new Map<string, number>();
  let count = 0;
  const end = new AbortController();
  const pause = (1000 * writers) / rate;
  const work = async (client: Client): Promise<string | undefined> => {
    const begun = performance.now();
    for (let n = 0; !end.signal.aborted; n++) {
      const session = randomUUID();
      for (let seq = 0; seq <= 20 && !end.signal.aborted; seq++) {
        try {
          await (seq === 0 ? begin(client, session) : append(client, session, seq));
        } catch (error) {
          return (error as { code?: string }).code;
        }
        acknowledged.set(session, seq);
        count++;
        const ahead = begun + (n * 21 + seq) * pause - performance.now();
        if (ahead > 0) await sleep(ahead);
      }
    }
    return undefined;
  };
  const clients = await Promise.all(Array.from({ length: writers }, () => connected(url)));
  const working = clients.map(work);
  const stop = async () => {
    end.abort();
    await Promise.all(working);
  };
  atEnd(stop);
  return { acknowledged, count: () => count, refused: async () => (await Promise.all(working))[0], stop };
}

const begin = (client: Client, session: string) =>
  client.query(
    "INSERT INTO sessions (id, org_id, persona_id, url, objective) VALUES ($1, $2, $3, 'http://shop.test', 'Order a mug')",
    [session, ids.org, ids.persona],
  );

const append = (client: Client, session: string, seq: number) =>
  client.query(
    `WITH event AS (
       INSERT INTO session_events (org_id, session_id, seq, attempt, type, payload)
       VALUES ($2, $1, $3, 1, 'note', jsonb_build_object('text', repeat('y', 300))))
     UPDATE sessions SET last_seq = $3, status = 'running' WHERE id = $1`,
    [session, ids.org, seq],
  );

/** Acknowledged writes that a database has not. */
export async function missing(client: Client, { acknowledged }: Writer): Promise<string[]> {
  const { rows } = await client.query<{ id: string; seq: number }>(
    `SELECT sessions.id, count(seq)::int AS seq FROM sessions LEFT JOIN session_events ON session_id = sessions.id
     WHERE sessions.id = ANY($1) GROUP BY 1`,
    [[...acknowledged.keys()]],
  );
  const found = new Map(rows.map(({ id, seq }) => [id, seq]));
  return [...acknowledged].filter(([id, seq]) => (found.get(id) ?? -1) < seq).map(([id]) => id);
}
