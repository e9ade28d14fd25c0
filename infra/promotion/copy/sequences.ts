import type { Client } from "pg";
import { PromotionError } from "../contract.ts";
import { on } from "./connections.ts";

interface Sequence {
  readonly quoted: string;
  readonly value: string;
  readonly isCalled: boolean;
}

/**
 * Sets every sequence of the target to where the source's is, in schema `public`. They are no part of a transaction, and
 * neither a snapshot nor replication carries them: it is called when nobody writes to the source.
 *
 * @returns how many there are.
 * @throws PromotionError when one is missing on the target.
 */
export async function copySequences(source: Client, target: Client): Promise<number> {
  const from = await on("source", "reading its sequences", () => read(source));
  const there = new Set(await on("target", "reading its sequences", () => namesOf(target)));
  const missing = from.filter(({ quoted }) => !there.has(quoted)).map(({ quoted }) => quoted);
  if (missing.length > 0)
    throw new PromotionError(
      `target: sequences are missing: ${missing.join(", ")}; migrate both sides with the same version.`,
    );
  for (const { quoted, value, isCalled } of from)
    await on("target", `setting the sequence ${quoted}`, () =>
      target.query("SELECT pg_catalog.setval($1::pg_catalog.regclass, $2, $3)", [quoted, value, isCalled]),
    );
  return from.length;
}

/** As if none had ever been called, in the transaction that is open. */
export async function restartSequences(target: Client): Promise<void> {
  for (const quoted of await namesOf(target)) await target.query(`ALTER SEQUENCE ${quoted} RESTART`);
}

async function namesOf(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ quoted: string }>(
    `SELECT format('%I.%I', nspname, relname) AS quoted
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE relkind = 'S' AND nspname = 'public'
       AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
     ORDER BY 1`,
  );
  return rows.map(({ quoted }) => quoted);
}

/** Of the sequences themselves: `pg_sequences` does not tell where one begins that has not been called. */
async function read(client: Client): Promise<Sequence[]> {
  const found: Sequence[] = [];
  for (const quoted of await namesOf(client)) {
    const { rows } = await client.query<Sequence>(
      `SELECT last_value AS value, is_called AS "isCalled" FROM ${quoted}`,
    );
    found.push({ ...rows[0]!, quoted });
  }
  return found;
}
