import { Client } from "pg";

/** The same server and account, and another database. */
export const databaseAt = (url: string, name: string): string =>
  Object.assign(new URL(url), { pathname: `/${name}` }).href;

export const nameOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

/** Does something by a connection of its own. @throws also when the connection breaks. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // Whatever is asked next fails with it.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Does something that nobody else does on this database at the same time; the lock goes with the connection, whatever
 * becomes of this process.
 *
 * @returns `undefined` when somebody else is at it.
 */
export async function withLock<T>(
  url: string,
  lock: number,
  work: (client: Client) => Promise<T>,
): Promise<T | undefined> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ isOurs: boolean }>('SELECT pg_try_advisory_lock($1) AS "isOurs"', [
      lock,
    ]);
    return rows[0]!.isOurs ? work(client) : undefined;
  });
}
