/** An installation that somebody writes to: to a table of its own, `notes`. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, Pool, type PoolClient } from "pg";
import { expect, onTestFinished } from "vitest";
import { migratedDatabase } from "../../../support/postgres.ts";

export const [run, other] = [randomUUID(), randomUUID()];
export const minute = 60_000;
export const closing = { run, answer: "hold", windowMs: minute } as const;

export let url: string;
export let owner: Client;

/** Before each test. */
export async function prepare(): Promise<void> {
  url = await migratedDatabase();
  owner = await connect();
  await owner.query("CREATE TABLE notes (id int PRIMARY KEY)");
}

export async function connect(address = url): Promise<Client> {
  const client = new Client({ connectionString: address });
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

export const write = (client: Client | PoolClient | Pool, id: number) =>
  client.query("INSERT INTO notes VALUES ($1)", [id]);
export const refusal = expect.objectContaining({ code: "TF001" }) as Error;
export const ids = async (client: Client = owner): Promise<number[]> =>
  (await client.query<{ id: number }>("SELECT id FROM notes ORDER BY id")).rows.map(({ id }) => id);
export const fences = async (): Promise<number> =>
  (await owner.query("SELECT FROM pg_trigger WHERE tgname = 'promotion_fence'")).rows.length;

/** So many connections that write one row after another, and what they were answered. */
export function writers(count: number) {
  const pool = new Pool({ connectionString: url, max: count });
  const over = new AbortController();
  const [acked, refused]: [number[], unknown[]] = [[], []];
  let next = 0;
  const one = async () => {
    while (!over.signal.aborted) {
      const id = (next += 1);
      try {
        await write(pool, id);
        acked.push(id);
      } catch (error) {
        refused.push(error);
        await sleep(1);
      }
    }
  };
  const all = Promise.all(Array.from({ length: count }, one));
  return {
    acked,
    refused,
    async end() {
      over.abort();
      await all;
      await pool.end();
    },
  };
}
