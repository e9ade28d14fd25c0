import { Client } from "pg";
import { pinTexts } from "../../../app/db/fingerprint.ts";
import { withoutCredentials } from "../../../app/without-credentials.ts";
import { leave, lively } from "../connection.ts";
import { PromotionError } from "../contract.ts";
import type { End } from "./contract.ts";

/** Connections to a side that all see the same moment of it. */
export interface Readers {
  readonly name: string;
  /** Asks by one of them, once one is free. */
  rows<Row>(statement: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Besides how values are written: nobody may end what takes its time, and a statement is too short to be compiled. */
const settings =
  "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL jit = off";

interface Seen {
  readonly end: End;
  /** Of the moment that they see. Default: that of now. */
  readonly snapshot?: string | undefined;
}

async function openReaders({ end: { name, databaseUrl }, snapshot }: Seen, jobs: number): Promise<Readers> {
  const clients = Array.from({ length: jobs }, () => {
    const client = new Client({ connectionString: databaseUrl, ...lively });
    // Whatever is asked next fails with it.
    return client.on("error", () => undefined);
  });
  const close = async () => {
    await Promise.allSettled(clients.map(leave));
  };
  const named = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      const reason = withoutCredentials((cause as Error).message);
      throw new PromotionError(`The database of ${name} cannot be compared: ${reason}`, { cause });
    }
  };
  try {
    await named(begin(clients, snapshot));
  } catch (error) {
    await close();
    throw error;
  }
  const free = [...clients];
  const waiting: ((client: Client) => void)[] = [];
  return {
    name,
    close,
    async rows<Row>(statement: string, values: readonly unknown[] = []) {
      const client = free.pop() ?? (await new Promise<Client>((resolve) => waiting.push(resolve)));
      try {
        const { rows } = await named(client.query(statement, [...values]));
        return rows as Row[];
      } finally {
        const next = waiting.shift();
        if (next) next(client);
        else free.push(client);
      }
    },
  };
}

export interface Sides {
  readonly source: Readers;
  readonly target: Readers;
}

/** Does something with readers of both sides. */
export async function withReaders<T>(
  [source, target]: readonly [Seen, Seen],
  jobs: number,
  work: (sides: Sides) => Promise<T>,
): Promise<T> {
  const there = await openReaders(source, jobs);
  try {
    const here = await openReaders(target, jobs);
    try {
      return await work({ source: there, target: here });
    } finally {
      await here.close();
    }
  } finally {
    await there.close();
  }
}

async function begin(clients: readonly Client[], given?: string): Promise<void> {
  let snapshot = given;
  for (const client of clients) {
    await client.connect();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    if (snapshot !== undefined)
      await client.query(`SET TRANSACTION SNAPSHOT ${client.escapeLiteral(snapshot)}`);
    await client.query(settings);
    await pinTexts(client);
    snapshot ??= (await client.query<{ id: string }>("SELECT pg_export_snapshot() AS id")).rows[0]!.id;
  }
}
