import { drizzle } from "drizzle-orm/node-postgres";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { Pool } from "pg";

export type Database = NodePgDatabase;
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

export interface OpenDatabase {
  readonly db: Database;
  readonly pool: Pool;
}

/** @param onError hears of idle connections that break; the pool replaces them. */
export function openDatabase(url: string, onError: (error: Error) => void): OpenDatabase {
  const pool = new Pool({ connectionString: url, connectionTimeoutMillis: 10_000 });
  pool.on("error", onError);
  return { db: drizzle(pool), pool };
}
