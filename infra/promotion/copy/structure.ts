import type { Client } from "pg";
import type { Progress } from "../contract.ts";
import { inLanes, on } from "./connections.ts";
import { definitions } from "./definitions.ts";

/** What is taken away before rows come and made again after them, in this order. */
const phases = [
  { name: "indexes", isParallel: true },
  // All that takes a moment, and locks that would be in each other's way. Foreign keys are not validated yet.
  { name: "constraints", isParallel: false },
  // Validating is planned by them.
  { name: "statistics", isParallel: true },
  { name: "foreign keys", isParallel: true },
] as const;

interface Part {
  readonly id: number;
  readonly phase: (typeof phases)[number]["name"];
  /** `index public.a_pkey` */
  readonly name: string;
  /** A statement. */
  readonly make: string;
}

export const structureTable = `
  CREATE TABLE promotion_copy.structure (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    phase text NOT NULL,
    name text NOT NULL,
    bytes bigint NOT NULL, -- of its table
    take text, -- the statement that takes it away
    make text NOT NULL,
    made boolean NOT NULL DEFAULT false
  )`;

/**
 * Writes down what the tables have and takes it away, in the transaction that is open.
 *
 * @param tables quoted, with their bytes on the source.
 * @throws PromotionError when a view or a foreign key of another schema depends on it, with its name.
 */
export async function takeStructure(
  target: Client,
  tables: readonly { readonly quoted: string; readonly bytes: number }[],
): Promise<void> {
  await on("target", "writing down indexes and constraints", () =>
    target.query(`INSERT INTO promotion_copy.structure (phase, name, bytes, take, make) ${definitions}`, [
      JSON.stringify(tables),
    ]),
  );
  const { rows } = await target.query<{ name: string; take: string }>(
    "SELECT name, take FROM promotion_copy.structure WHERE take IS NOT NULL ORDER BY id DESC",
  );
  for (const { name, take } of rows) await on("target", `taking away ${name}`, () => target.query(take));
}

/** Makes what is missing. Each part is marked in the transaction that makes it. */
export async function makeStructure(
  targets: readonly Client[],
  report: (progress: Progress) => void,
): Promise<void> {
  const [first] = targets as [Client];
  await useMemory(first, targets);
  const parts = await missing(first);
  for (const { name: phase, isParallel } of phases) {
    const own = parts.filter((part) => part.phase === phase);
    let done = 0;
    await inLanes(isParallel ? targets : [first], own, async (target, part) => {
      await on("target", `making ${part.name}`, async () => {
        await target.query("BEGIN");
        await make(target, part);
        await target.query("COMMIT");
      });
      report({ what: phase, done: ++done, of: own.length });
    });
  }
}

/** The same in the transaction that is open, one after the other: for tables without rows. */
export async function makeStructureAtOnce(target: Client): Promise<void> {
  for (const part of await missing(target))
    await on("target", `making ${part.name}`, () => make(target, part));
}

async function make(target: Client, { id, make: statement }: Part): Promise<void> {
  await target.query(statement);
  await target.query("UPDATE promotion_copy.structure SET made = true WHERE id = $1", [id]);
}

/** Phase by phase, in each the largest tables first; what is quick, in the order in which it was written down. */
async function missing(target: Client): Promise<Part[]> {
  const { rows } = await target.query<Part>(
    `SELECT id, phase, name, make FROM promotion_copy.structure WHERE NOT made
     ORDER BY array_position($1, phase), CASE phase WHEN 'constraints' THEN 0 ELSE bytes END DESC, id`,
    [phases.map(({ name }) => name)],
  );
  return rows;
}

/**
 * Lets all connections together sort in as much memory as the server has for its buffers, which is its own measure of
 * what it has; less than what it is set to it never is.
 */
async function useMemory(first: Client, targets: readonly Client[]): Promise<void> {
  const { rows } = await first.query<{ kilobytes: string }>(
    `SELECT greatest(pg_size_bytes(current_setting('maintenance_work_mem')),
       least(pg_size_bytes('1GB'), pg_size_bytes(current_setting('shared_buffers')) / $1)) / 1024 AS kilobytes`,
    [targets.length],
  );
  for (const target of targets)
    await target.query("SELECT set_config('maintenance_work_mem', $1, false)", [`${rows[0]!.kilobytes}kB`]);
}
