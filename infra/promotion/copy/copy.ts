import type { Client } from "pg";
import { PromotionError, type Progress } from "../contract.ts";
import { movedTables } from "../tables.ts";
import { chunkTable, copyChunks, planChunks, useSnapshot, writeChunks } from "./chunks.ts";
import { copiedTables, type CopiedTable } from "./columns.ts";
import { endLeftovers, on, withConnection, withConnections, type End } from "./connections.ts";
import { copySequences, restartSequences } from "./sequences.ts";
import { makeStructure, makeStructureAtOnce, structureTable, takeStructure } from "./structure.ts";

export interface CopyOptions {
  /** Databases as their owners, never pooled. */
  readonly source: string;
  readonly target: string;
  /** Of the promotion, a UUID. */
  readonly run: string;
  /** Connections to each side. Default: 4. */
  readonly jobs?: number;
  /**
   * How much of a table is copied in one go, with its indexes: what is copied again after a connection broke. Keeps several
   * connections busy with one table. Default: 32 MiB.
   */
  readonly partBytes?: number;
  /**
   * Id of a snapshot that a transaction on the source has exported and keeps, where others write to the source. Absent:
   * the source is closed, and stays so over all calls until the copy is done.
   */
  readonly snapshot?: string;
  /** Cuts the connections. Default: never. */
  readonly signal?: AbortSignal;
  readonly report?: ((progress: Progress) => void) | undefined;
}

/** What is on the target now. */
interface Copied {
  readonly tables: number;
  readonly rows: number;
  readonly sequences: number;
}

/**
 * Replaces what is in the target's tables of `public` by the rows of the source's, with the sequences. Both have been
 * migrated to the same tables. The target's indexes, keys and triggers are taken away meanwhile, and are as they were in
 * the end; nobody else may write to it. How far it is, is kept in the target's schema `promotion_copy`: whatever was
 * killed when, the same call goes on from there, until `undoCopy` or `finishCopy`.
 *
 * @throws PromotionError that names the side, what was done there and why it failed.
 */
export async function copyDatabase({
  source,
  target,
  run,
  jobs = 4,
  partBytes = 32 * 1024 * 1024,
  snapshot,
  signal = new AbortController().signal,
  report = () => undefined,
}: CopyOptions): Promise<Copied> {
  const from: End = { side: "source", url: source, run, signal };
  const to: End = { side: "target", url: target, run, signal };
  for (const end of [from, to]) await withConnection(end, (client) => endLeftovers(client, end));
  return withConnections(to, jobs, async (targets) => {
    const [first] = targets as [Client];
    await withConnections(from, jobs, async (sources) => {
      if (snapshot !== undefined) for (const each of sources) await useSnapshot(each, snapshot);
      const tables = await copiedTables(sources[0]!, first);
      await begin(first, { run, snapshot, tables, partBytes });
      const lanes = targets.map((each, n) => ({ source: sources[n]!, target: each }));
      await copyChunks(lanes, tables, report);
    });
    await makeStructure(targets, report);
    const sequences = await withConnection(from, (client) => copySequences(client, first));
    return finish(first, sequences);
  });
}

interface Begin {
  readonly run: string;
  readonly snapshot: string | undefined;
  readonly tables: readonly CopiedTable[];
  readonly partBytes: number;
}

/** Empties the tables and writes down what is to be done, all in one transaction, unless an earlier call has. */
async function begin(target: Client, { run, snapshot, tables, partBytes }: Begin): Promise<void> {
  const begun = await begunOn(target);
  if (begun !== undefined) {
    requireRun(begun, run);
    if (begun.snapshot === (snapshot ?? null)) return;
    throw new PromotionError(
      `target: its copy was begun with ${nameOf(begun.snapshot)}, and is called with ${nameOf(snapshot)}: their rows would be mixed. Undo it first.`,
    );
  }
  await on("target", "preparing it", async () => {
    await target.query("BEGIN");
    await target.query("CREATE SCHEMA promotion_copy");
    await target.query(
      "CREATE TABLE promotion_copy.copy (run uuid NOT NULL, snapshot text, finished timestamptz)",
    );
    await target.query("INSERT INTO promotion_copy.copy VALUES ($1, $2)", [run, snapshot]);
    await target.query(structureTable);
    await target.query(chunkTable);
    await takeStructure(target, tables);
    await empty(target, tables);
    await writeChunks(target, planChunks(tables, partBytes));
    await target.query("COMMIT");
  });
}

const nameOf = (snapshot: string | null | undefined): string =>
  snapshot ? `the snapshot ${snapshot}` : "a closed source";

interface Begun {
  readonly run: string;
  readonly snapshot: string | null;
}

async function begunOn(target: Client): Promise<Begun | undefined> {
  return on("target", "reading how far it is", async () => {
    const there = await target.query("SELECT WHERE to_regclass('promotion_copy.copy') IS NOT NULL");
    if (there.rowCount === 0) return undefined;
    return (await target.query<Begun>("SELECT run, snapshot FROM promotion_copy.copy")).rows[0];
  });
}

function requireRun(begun: Begun, run: string): void {
  if (begun.run === run) return;
  throw new PromotionError(
    `target: the promotion ${begun.run} is copying into it, and this is ${run}. Go on with that one, or undo it.`,
  );
}

async function empty(target: Client, tables: readonly { readonly quoted: string }[]): Promise<void> {
  await on("target", "emptying its tables", async () => {
    // They hold no rows, but keys between them and others.
    const partitioned = await target.query<{ quoted: string }>(
      "SELECT format('public.%I', relname) AS quoted FROM pg_class WHERE relkind = 'p' AND relnamespace = 'public'::regnamespace",
    );
    const all = [
      ...tables.map(({ quoted }) => `ONLY ${quoted}`),
      ...partitioned.rows.map(({ quoted }) => quoted),
    ];
    if (all.length > 0) await target.query(`TRUNCATE ${all.join(", ")}`);
  });
}

async function finish(target: Client, sequences: number): Promise<Copied> {
  return on("target", "finishing", async () => {
    // This commit waits for the disk, and with it all before it.
    await target.query("SET synchronous_commit = on");
    await target.query("UPDATE promotion_copy.copy SET finished = coalesce(finished, now())");
    const { rows } = await target.query<Copied>(
      `SELECT count(DISTINCT "table")::float8 AS tables, coalesce(sum(copied), 0)::float8 AS rows FROM promotion_copy.chunks`,
    );
    return { ...rows[0]!, sequences };
  });
}

interface Target {
  readonly target: string;
  readonly run: string;
  /** Default: never. */
  readonly signal?: AbortSignal;
}

/**
 * Takes a copy back that was begun, or is done and not finished: the tables are empty and have all that they had, and
 * sequences begin again. Where there is none, nothing is done: of rows that are not known to be copied none is deleted.
 */
export async function undoCopy(options: Target): Promise<void> {
  await leave(options, async (client) => {
    await empty(client, await movedTables(client));
    await restartSequences(client);
    await makeStructureAtOnce(client);
  });
}

/** Forgets how it was copied: there is no way back by `undoCopy` any more. What is there stays. */
export async function finishCopy(options: Target): Promise<void> {
  await leave(options, async (client) => {
    const { rowCount } = await client.query("SELECT FROM promotion_copy.copy WHERE finished IS NULL");
    if (rowCount !== 0)
      throw new PromotionError("target: its copy is not done. Call copyDatabase again, or undo it.");
  });
}

async function leave(
  { target: url, run, signal = new AbortController().signal }: Target,
  before: (client: Client) => Promise<void>,
): Promise<void> {
  const end: End = { side: "target", url, run, signal };
  await withConnection(end, async (client) => {
    await endLeftovers(client, end);
    const begun = await begunOn(client);
    if (begun === undefined) return;
    requireRun(begun, run);
    await on("target", "leaving its copy", async () => {
      await client.query("SET synchronous_commit = on");
      await client.query("BEGIN");
      await before(client);
      await client.query("DROP SCHEMA promotion_copy CASCADE");
      await client.query("COMMIT");
    });
  });
}
