import { Client, type DatabaseError } from "pg";
import { withoutCredentials } from "../../../app/without-credentials.ts";
import { leave, lively } from "../connection.ts";
import { PromotionError } from "../contract.ts";

/** A database as its owner. */
export interface End {
  readonly side: "source" | "target";
  /** Never pooled: settings and transactions stay with a connection. */
  readonly url: string;
  readonly run: string;
  readonly signal: AbortSignal;
}

/**
 * What decides how values and definitions are written as text and read again, whatever the account's own settings are;
 * that no row is hidden; and that the server gives up on nothing that takes long.
 */
const settings = {
  search_path: "pg_catalog",
  row_security: "off",
  statement_timeout: "0",
  transaction_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  lock_timeout: "0",
  timezone: "UTC",
  datestyle: "ISO, YMD",
  intervalstyle: "postgres",
  extra_float_digits: "3",
  bytea_output: "hex",
  lc_monetary: "C",
  xmloption: "content",
};

const settingsOf = {
  source: { ...settings, default_transaction_read_only: "on" },
  // A commit need not wait for the disk: data and the mark that it is there are lost or kept together, and the last
  // commit of a copy waits, for all before it too.
  target: { ...settings, synchronous_commit: "off" },
};

/** How the connections of a run are known to the server, so that those of a killed runner are found. */
const nameOf = (run: string) => `testfarm-copy-${run}`;

/** Does something by connections of its own, which are cut when it is aborted or fails. */
export async function withConnections<T>(
  end: End,
  count: number,
  work: (clients: readonly Client[]) => Promise<T>,
): Promise<T> {
  end.signal.throwIfAborted();
  const clients = Array.from({ length: count }, () => client(end));
  const hangUp = () => Promise.all(clients.map(leave));
  end.signal.addEventListener("abort", hangUp, { once: true });
  try {
    await on(end.side, "connecting", () => Promise.all(clients.map((each) => prepare(each, end))));
    return await work(clients);
  } catch (error) {
    end.signal.throwIfAborted();
    throw error;
  } finally {
    end.signal.removeEventListener("abort", hangUp);
    await hangUp();
  }
}

export const withConnection = <T>(end: End, work: (client: Client) => Promise<T>): Promise<T> =>
  withConnections(end, 1, ([only]) => work(only!));

function client({ url, run }: End): Client {
  const made = new Client({
    connectionString: url,
    application_name: nameOf(run),
    ...lively,
  });
  // Whatever is asked next fails with it.
  made.on("error", () => undefined);
  return made;
}

async function prepare(connection: Client, { side, run }: End): Promise<void> {
  await connection.connect();
  // The gate of a closed side lets this run pass.
  const all = { ...settingsOf[side], "testfarm.promotion": run };
  await connection.query("SELECT set_config(key, value, false) FROM json_each_text($1)", [all]);
}

/**
 * Ends what a killed runner left on the server, an index that is half built for instance: its locks would be in the way.
 */
export async function endLeftovers(connection: Client, { side, run }: End): Promise<void> {
  await on(side, "ending what an earlier call left behind", () =>
    connection.query(
      `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
       WHERE application_name = $1 AND usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()`,
      [nameOf(run)],
    ),
  );
}

/** @throws PromotionError that names the side and what was done there. */
export async function on<T>(side: End["side"], doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof PromotionError) throw cause;
    throw failed(side, doing, cause);
  }
}

export function failed(side: End["side"], doing: string, cause: unknown): PromotionError {
  const { message, code, detail } = cause as Partial<DatabaseError>;
  // `DROP` and `TRUNCATE` name in their detail what is in the way; other details may hold values of rows.
  const because = code === "2BP01" || code === "0A000" ? ` (${detail})` : "";
  const text = withoutCredentials(`${side}: ${doing} failed: ${message || code}${because}.`);
  return new PromotionError(`${text} What is copied is kept: the same call goes on from there.`, { cause });
}

/** Does tasks in their order, as many at the same time as there are lanes. The first failure is thrown at once. */
export async function inLanes<Lane, Task>(
  lanes: readonly Lane[],
  tasks: readonly Task[],
  work: (lane: Lane, task: Task) => Promise<void>,
): Promise<void> {
  const left = tasks.values();
  await Promise.all(
    lanes.map(async (lane) => {
      for (const task of left) await work(lane, task);
    }),
  );
}
