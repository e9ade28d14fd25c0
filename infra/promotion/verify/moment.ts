import { Client } from "pg";
import { keepNothing, leave, lively } from "../connection.ts";
import type { Moment } from "./contract.ts";
import { nextValues } from "./structure.ts";

/** The server gives up on nothing that is held for long. */
const settings = [
  "statement_timeout",
  "transaction_timeout",
  "idle_in_transaction_session_timeout",
  "idle_session_timeout",
];

export interface KeptMoment extends Moment {
  /** Whoever opens readers of it after that fails. */
  release(): Promise<void>;
}

/**
 * Keeps a moment of a database that others write to, until it is released or the process ends. Of the database nothing is
 * changed; what is deleted meanwhile stays on its disk.
 *
 * @param url of its owner, never pooled.
 */
export async function keepMoment(url: string): Promise<KeptMoment> {
  const client = new Client({ connectionString: url, ...lively });
  // Whoever asks for the snapshot next fails with it.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT set_config(name, '0', false) FROM unnest($1::text[]) AS name", [settings]);
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const { rows } = await client.query<{ snapshot: string }>("SELECT pg_export_snapshot() AS snapshot");
    const sequences = await nextValues({
      rows: async <Row>(statement: string) => (await client.query(statement)).rows as Row[],
    });
    keepNothing(client);
    return { snapshot: rows[0]!.snapshot, sequences, release: () => leave(client) };
  } catch (error) {
    await leave(client);
    throw error;
  }
}
