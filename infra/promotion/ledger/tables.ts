import type { ClientBase } from "pg";

/**
 * Makes the ledger's tables where they are not there. `promotion` is a schema of the application, which is not moved:
 * a gate that is closed does not keep them from being written.
 */
export async function prepareLedger(client: Pick<ClientBase, "query">): Promise<void> {
  await client.query(`
    CREATE SCHEMA IF NOT EXISTS promotion;
    CREATE TABLE IF NOT EXISTS promotion.runs (
      run uuid PRIMARY KEY,
      plan jsonb NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'finished', 'rolled-back')),
      term integer NOT NULL DEFAULT 0
    );
    -- One that has not ended, at the most.
    CREATE UNIQUE INDEX IF NOT EXISTS runs_running ON promotion.runs (status) WHERE status = 'running';
    CREATE TABLE IF NOT EXISTS promotion.entries (
      run uuid NOT NULL REFERENCES promotion.runs,
      seq integer NOT NULL,
      at timestamptz NOT NULL DEFAULT clock_timestamp(),
      state text NOT NULL,
      action text,
      direction text NOT NULL CHECK (direction IN ('do', 'undo')),
      status text NOT NULL CHECK (status IN ('begun', 'done', 'failed')),
      detail jsonb,
      error text,
      PRIMARY KEY (run, seq)
    );
  `);
}
