import type { ClientBase } from "pg";

/** `TFrp`: with the hash of a name, any pair of numbers that no other advisory lock of the application uses. */
const lock = 0x54467270;

/**
 * Does something that no other connection does at the same time. A server finishes the statement of a client that was
 * killed: whoever comes next has to wait for it, or the two get into each other's way.
 */
export async function alone<T>(
  clients: readonly ClientBase[],
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  for (const client of clients) await client.query("SELECT pg_advisory_lock($1, hashtext($2))", [lock, name]);
  try {
    return await work();
  } finally {
    // Where a connection is gone, so is its lock.
    await Promise.allSettled(
      clients.map((client) => client.query("SELECT pg_advisory_unlock($1, hashtext($2))", [lock, name])),
    );
  }
}
