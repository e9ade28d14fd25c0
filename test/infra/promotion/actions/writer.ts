/** Who writes to both sides all the time, and remembers what was acknowledged. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, DatabaseError, escapeLiteral, type QueryResult } from "pg";
import { withClient } from "../../../../app/backup/connection.ts";
import { isRefused } from "../../../../app/db/gate.ts";
import type { Side } from "../../../../infra/promotion/contract.ts";
import { isOfConnection } from "../../../../infra/promotion/runner/reason.ts";
import { ids } from "../replication/server.ts";

/** A table with a sequence, which the application has none of: a row for each write, under the writer's own name for it. */
export const journal =
  "CREATE TABLE journal (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entry uuid NOT NULL)";

/**
 * A row and a line of the journal, both or none; it tells in whose turn they were taken. Whoever opens a side waits for
 * them: what the last statement sees is what has let them pass.
 */
const insert = (id: string, name: string): string => `
  INSERT INTO personas (id, org_id, name, description, device)
    VALUES ('${id}', '${ids.org}', ${escapeLiteral(name)}, '', 'phone');
  INSERT INTO journal (entry) VALUES ('${id}');
  SELECT epoch FROM promotion.gate`;

/** Whether a side does not take writes. 23503: the organization has not come there yet. */
const takesNone = (error: DatabaseError): boolean => isRefused(error) || error.code === "23503";

/** Every so many rows there is an object. */
const objectEvery = 20;

/** What was acknowledged. */
export interface Written {
  readonly rows: ReadonlySet<string>;
  readonly objects: ReadonlySet<string>;
  /** In which order the sides have taken writes: `mvp`, `growth`, ... */
  readonly turns: readonly string[];
  /**
   * Writes that a side has taken out of its turn, sent after the other one had already taken one of a later turn; and what
   * a side has answered instead of taking or refusing one.
   */
  readonly astray: readonly string[];
  /** The longest time without a write. Milliseconds. */
  readonly longestPause: number;
}

/**
 * Writes rows and objects, one after the other, to the side that takes them, and asks the other one each time whether it
 * does, too. What a connection has broken is not acknowledged, and may be there.
 */
export function keepWriting(sides: readonly Side[]): { stop(): Promise<Written> } {
  const stopping = new AbortController();
  const rows = new Set<string>();
  const objects = new Set<string>();
  const turns: string[] = [];
  const astray: string[] = [];
  const owners = new Map<number, string>();
  let newest = 0;
  let last = performance.now();
  let longestPause = 0;

  /** Of two writes, one sent after the other one was acknowledged, the later one has no lower epoch; each is one side's. */
  function acknowledge(name: string, id: string, epoch: number, newestWhenSent: number): void {
    rows.add(id);
    const owner = owners.get(epoch) ?? name;
    if (epoch < newestWhenSent || owner !== name)
      astray.push(`${name} took a write in turn ${epoch}, when it was turn ${newestWhenSent} (${owner})`);
    owners.set(epoch, owner);
    newest = Math.max(newest, epoch);
    if (turns.at(-1) !== name) turns.push(name);
    longestPause = Math.max(longestPause, performance.now() - last);
    last = performance.now();
  }

  async function write(side: Side): Promise<void> {
    while (!stopping.signal.aborted) {
      const client = new Client({ connectionString: side.databaseUrl, connectionTimeoutMillis: 5_000 });
      client.on("error", () => undefined);
      try {
        await client.connect();
        await writeBy(client, side);
      } catch (error) {
        if (!isOfConnection(error)) throw error;
        await sleep(50);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  async function writeBy(client: Client, { name, objects: store }: Side): Promise<void> {
    for (let n = 1; !stopping.signal.aborted;) {
      const id = randomUUID();
      // As a worker does: the row that names a picture comes after it, and is refused where the side is closed.
      const key = n % objectEvery === 0 ? `org/${ids.org}/session/${id}/1/1.webp` : "";
      const newestWhenSent = newest;
      try {
        if (key !== "") await store.put(key, Buffer.from(key));
        // One transaction, since it is sent as one.
        const answers = (await client.query(insert(id, key))) as unknown as QueryResult<{ epoch: number }>[];
        acknowledge(name, id, answers.at(-1)!.rows[0]!.epoch, newestWhenSent);
        if (key !== "") objects.add(key);
        n++;
      } catch (error) {
        if (isOfConnection(error) || !(error instanceof DatabaseError)) throw error;
        if (!takesNone(error)) astray.push(`${name} answered: ${error.message}`);
        // A worker stores one more picture at the most.
        n = 1;
      }
      await sleep(2);
    }
  }

  const writing = Promise.all(sides.map(write));
  // It is told to whoever stops it.
  writing.catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      await writing;
      return { rows, objects, turns, astray, longestPause: Math.round(longestPause) };
    },
  };
}

/** What is wrong on the side that has all of it. */
export interface Audit {
  /** Acknowledged, and not there. */
  readonly lost: readonly string[];
  /** There more than once. */
  readonly duplicated: readonly string[];
}

export async function audit({ databaseUrl, objects: store }: Side, written: Written): Promise<Audit> {
  const there = await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ entry: string; times: number; hasRow: boolean }>(
      `SELECT entry, count(*)::int AS times, bool_and(personas.id IS NOT NULL) AS "hasRow"
       FROM journal LEFT JOIN personas ON personas.id = entry GROUP BY entry`,
    );
    return rows;
  });
  const whole = new Set(there.filter(({ hasRow }) => hasRow).map(({ entry }) => entry));
  const lost = [...written.rows].filter((id) => !whole.has(id));
  for (const key of written.objects)
    if (Buffer.from((await store.get(key)) ?? "").toString() !== key) lost.push(key);
  return { lost, duplicated: there.filter(({ times }) => times > 1).map(({ entry }) => entry) };
}
