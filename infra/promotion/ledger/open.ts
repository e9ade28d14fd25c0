import { Client, type ClientBase } from "pg";
import { lively } from "../connection.ts";
import { type Plan, PromotionError } from "../contract.ts";
import { LedgerLost, type LedgerMirror, type RunRecord } from "./contract.ts";
import { keepLedger, type KeptLedger, type Place } from "./keep.ts";
import { runnerName, takeLock } from "./lock.ts";
import { readRun } from "./read.ts";
import { prepareLedger } from "./tables.ts";

interface Options {
  /** The source's database as its owner, never pooled: the lock lives as long as the connection. */
  readonly url: string;
  /** Where the ledger is mirrored, once there is such a place. */
  readonly mirror?: LedgerMirror | undefined;
  /** Hears what is not as it should be, and no reason to stop. Default: nobody does. */
  readonly note?: (text: string) => void;
  /** How long another runner is waited for. Milliseconds. Default: 5 s, for one that was just killed. */
  readonly patience?: number;
}

/** A ledger in the source's database. */
export interface OpenLedger extends KeptLedger {
  /** Lets another runner work. */
  close(): Promise<void>;
}

/**
 * Begins a run.
 *
 * @throws {PromotionError} when one has not ended, or another process works at one.
 */
export const startRun = (plan: Plan, options: Options): Promise<OpenLedger> =>
  open(options, async (client) => {
    const current = await readRun(client);
    if (current?.status === "running")
      throw new PromotionError(
        `Promotion ${current.plan.run} from ${current.plan.from} to ${current.plan.to}, of ${current.plan.createdAt}, has not ended. Resume it or roll it back first.`,
      );
    await client.query("INSERT INTO promotion.runs (run, plan) VALUES ($1, $2)", [
      plan.run,
      JSON.stringify(plan),
    ]);
  });

/**
 * Goes on with the run that has not ended; of one that has there is nothing to do but to read it.
 *
 * @throws {PromotionError} when there was never one, or another process works at it.
 */
export const resumeRun = (options: Options): Promise<OpenLedger> => open(options, async () => undefined);

async function open(options: Options, begin: (client: ClientBase) => Promise<void>): Promise<OpenLedger> {
  const { url, mirror, note = () => undefined, patience } = options;
  const client = new Client({
    connectionString: url,
    ...lively,
    query_timeout: 30_000,
  });
  const lost = new AbortController();
  const lose = (cause?: unknown) =>
    lost.abort(
      new LedgerLost("The connection to the ledger broke, and another runner may be at work. Resume.", {
        cause,
      }),
    );
  client.on("error", lose).on("end", lose);
  await client.connect();
  try {
    // Of a runner whose machine is gone the server is to know within half a minute. A begun action has to be known after
    // a crash of the server too, and nobody else ends a connection that waits for an action of hours.
    await client.query(
      `SELECT set_config('application_name', $1, false), set_config('tcp_keepalives_idle', '15', false),
         set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false),
         set_config('synchronous_commit', 'on', false), set_config('idle_session_timeout', '0', false)`,
      [runnerName()],
    );
    await takeLock(client, patience);
    await prepareLedger(client);
    await begin(client);
    const record = await nextTerm(client);
    const kept = keepLedger(record, () => placeIn(client, record.plan.run, lost.signal), note);
    if (mirror) kept.mirrorTo(mirror);
    // No spread: `lost` changes when the ledger goes on in its mirror.
    return Object.assign(kept, {
      async close() {
        await kept.flush();
        await client.end();
      },
    });
  } catch (error) {
    await client.end();
    throw error;
  }
}

async function nextTerm(client: ClientBase): Promise<RunRecord> {
  const record = await readRun(client);
  if (!record)
    throw new PromotionError("There is no promotion to go on with: this installation was never promoted.");
  if (record.status !== "running") return record;
  // Waits for a runner before this one that is just opening a side: see `asRunner`.
  await client.query("UPDATE promotion.runs SET term = term + 1 WHERE run = $1", [record.plan.run]);
  return { ...record, term: record.term + 1 };
}

/** By the connection that has the lock: what is written was written by the one runner. */
function placeIn(client: ClientBase, run: string, lost: AbortSignal): Place {
  const write = (statement: string, values: unknown[]) => ask(client, statement, [run, ...values]);
  return {
    lost,
    append: ({ seq, at, state, action, direction, status, detail, error }) =>
      write(
        `INSERT INTO promotion.entries (run, seq, at, state, action, direction, status, detail, error)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [seq, at, state, action, direction, status, detail && JSON.stringify(detail), error],
      ),
    finish: (status) => write("UPDATE promotion.runs SET status = $2 WHERE run = $1", [status]),
  };
}

async function ask(client: ClientBase, statement: string, values: unknown[]): Promise<void> {
  try {
    await client.query(statement, values);
  } catch (cause) {
    throw new LedgerLost(
      "The ledger could not be written, in the schema promotion of the source. See to it that the source answers, then resume.",
      { cause },
    );
  }
}
