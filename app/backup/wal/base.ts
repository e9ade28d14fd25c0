import type { Client } from "pg";
import type { Context } from "../make.ts";
import { outputOf } from "../programs.ts";

/** A copy of a server's files, which its log brings to any moment since it was whole. */
export interface Base {
  /** The server, by what sets it apart from every other: its log fits no other one's copy. */
  readonly system: string;
  /** Location in the log from which on it is needed: `A/FF000028`. */
  readonly from: string;
  /** By the server's clock. A commit between this moment and the location `from` follows every earlier one. */
  readonly begun: string;
  /** When it was whole, by the server's clock. */
  readonly at: string;
  /** Encrypted. */
  readonly bytes: number;
}

/**
 * Copies the files of a server that goes on working, in all its databases, into a backup. What is written meanwhile is
 * missing in it and comes from the log.
 *
 * @param client a connection as an account that may replicate.
 */
export async function makeBase(
  { url, store, programs: directory, signal }: Context,
  client: Client,
  name: string,
): Promise<Base> {
  const begun = await clockOf(client);
  await commitNothing(client);
  const { rows } = await client.query<{ from: string; system: string }>(
    'SELECT pg_current_wal_lsn() AS "from", system_identifier::text AS system FROM pg_control_system()',
  );
  const { from, system } = rows[0]!;
  // The log goes into the bucket anyway, and what is encrypted is authentic without the program's own list of hashes.
  const options = ["--pgdata=-", "--format=tar", "--compress=gzip", "--wal-method=none", "--no-manifest"];
  const run = { program: "pg_basebackup", options: [...options, "--checkpoint=fast"] } as const;
  const bytes = await store.putBase(name, outputOf({ ...run, url, directory, signal }));
  return { system, from, begun, at: await clockOf(client), bytes };
}

/**
 * A commit that changes nothing. A recovery ends at the first one after its moment, and the log of a server on which nobody
 * writes has none: https://www.postgresql.org/docs/17/runtime-config-wal.html#GUC-RECOVERY-TARGET-TIME
 */
export const commitNothing = (client: Client) =>
  client.query("SELECT pg_logical_emit_message(true, 'testfarm', '')");

async function clockOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ now: Date }>("SELECT clock_timestamp() AS now");
  return rows[0]!.now.toISOString();
}
