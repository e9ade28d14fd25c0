import type { ClientBase } from "pg";
import type { Plan } from "../contract.ts";
import type { Entry, RunRecord, RunStatus } from "./contract.ts";

interface RunRow {
  readonly run: string;
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly term: number;
}

type EntryRow = { readonly [Key in keyof Entry]: Key extends "at" ? Date : Entry[Key] | null };

/**
 * The run that has not ended, or else the newest one; `undefined` where there was never one. It may be read while a
 * runner works at it.
 */
export async function readRun(client: Pick<ClientBase, "query">): Promise<RunRecord | undefined> {
  const { rows: tables } = await client.query<{ exist: boolean }>(
    "SELECT to_regclass('promotion.entries') IS NOT NULL AS exist",
  );
  if (!tables[0]!.exist) return undefined;
  const { rows: runs } = await client.query<RunRow>(
    `SELECT run, plan, status, term FROM promotion.runs
     ORDER BY status = 'running' DESC, created_at DESC LIMIT 1`,
  );
  const [run] = runs;
  if (!run) return undefined;
  const { rows: entries } = await client.query<EntryRow>(
    `SELECT seq, at, state, action, direction, status, detail, error
     FROM promotion.entries WHERE run = $1 ORDER BY seq`,
    [run.run],
  );
  const { plan, status, term } = run;
  return { plan, status, term, entries: entries.map(entryOf) };
}

/** As it was written: what was absent is absent. */
const entryOf = ({ at, action, detail, error, ...rest }: EntryRow): Entry =>
  ({
    ...rest,
    at: at.toISOString(),
    ...(action !== null && { action }),
    ...(detail !== null && { detail }),
    ...(error !== null && { error }),
  }) as Entry;
