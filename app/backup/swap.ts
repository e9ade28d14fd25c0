import { setTimeout } from "node:timers/promises";
import { escapeIdentifier } from "pg";
import { withClient } from "./connection.ts";

/** PostgreSQL waits 5 s until nobody is connected to a database that is renamed. */
const interval = 100;

/** A database and its new name. */
export type Renaming = readonly [from: string, to: string];

/**
 * Renames databases, all of them or none. Who is connected to one is ended; who connects meanwhile waits, and is told to
 * come again.
 *
 * @param url another database of the server, as a superuser.
 */
export async function rename(url: string, renamings: readonly Renaming[]): Promise<void> {
  const over = new AbortController();
  const names = renamings.map(([from]) => from);
  const endConnections = () =>
    withClient(url, async (client) => {
      while (!over.signal.aborted) {
        await client.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY ($1)",
          [names],
        );
        await setTimeout(interval);
      }
    });
  const renameAll = () =>
    withClient(url, async (client) => {
      await client.query("BEGIN");
      // From here to the end of the transaction nobody gets into a database whose name changes.
      for (const [from, to] of renamings)
        await client.query(`ALTER DATABASE ${escapeIdentifier(from)} RENAME TO ${escapeIdentifier(to)}`);
      await client.query("COMMIT");
    }).finally(() => over.abort());
  const [renamed, ended] = await Promise.allSettled([renameAll(), endConnections()]);
  if (renamed.status === "fulfilled") return;
  throw ended.status === "rejected" ? ended.reason : renamed.reason;
}
