import { Pool, type PoolClient } from "pg";
import type { Side } from "../contract.ts";

/** For an answer, and for a connection. What does not come until then is asked again by another connection. Milliseconds. */
const patience = 10_000;

const pools = new WeakMap<Side, Pool>();

/**
 * Looks at a side's database again and again, as its owner, by one connection, which ends by itself 10 s after the last look.
 * One that has broken is replaced at the next look.
 *
 * @throws also when the connection breaks, or does not answer for 10 s.
 */
export async function lookAt<T>(side: Side, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const pool = pools.get(side) ?? open(side);
  const client = await pool.connect();
  try {
    const found = await work(client);
    client.release();
    return found;
  } catch (error) {
    client.release(error as Error);
    throw error;
  }
}

function open(side: Side): Pool {
  const pool = new Pool({
    connectionString: side.databaseUrl,
    application_name: "testfarm-hold",
    max: 1,
    idleTimeoutMillis: patience,
    connectionTimeoutMillis: patience,
    query_timeout: patience,
    allowExitOnIdle: true,
  });
  // It has left the pool by then.
  pool.on("error", () => undefined);
  pools.set(side, pool);
  return pool;
}
