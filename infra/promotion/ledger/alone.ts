import type { ClientBase } from "pg";
import { LedgerLost } from "./contract.ts";

interface Runner {
  readonly run: string;
  /** Of the runner that asks. */
  readonly term: number;
}

/** @throws {LedgerLost} when another runner has come. */
export async function checkRunner(client: ClientBase, runner: Runner): Promise<void> {
  await check(client, runner, "");
}

async function check(client: ClientBase, { run, term }: Runner, lock: "" | "FOR SHARE"): Promise<void> {
  const { rows } = await client.query<{ term: number }>(
    `SELECT term FROM promotion.runs WHERE run = $1 ${lock}`,
    [run],
  );
  const now = rows[0]?.term;
  if (now !== term)
    throw new LedgerLost(
      `This is runner ${term} of promotion ${run}, and runner ${now} goes on with it by now: nothing more is done here.`,
    );
}

/**
 * Does something that a runner must not do after another one has come: opening a side. A runner may be stopped for so long
 * that its connection breaks, and then go on in the middle of an action; while `work` lasts nobody becomes the next one.
 *
 * @param client a connection to the source, in no transaction, for this alone.
 * @throws {LedgerLost} when another one has come.
 */
export async function asRunner<T>(client: ClientBase, runner: Runner, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    await check(client, runner, "FOR SHARE");
    return await work();
  } finally {
    // It has changed nothing, and a connection that is gone has released the lock.
    await client.query("ROLLBACK").catch(() => undefined);
  }
}
