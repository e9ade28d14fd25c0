/**
 * Closes and opens an installation for writing. What is closed opens by itself when its time is over, whatever has become
 * of the promotion: the database refuses writes by its own clock, and only until then. So at most one side takes writes
 * if the other one is opened after this one was closed for good.
 *
 * Every function takes a connection of the owner that is in no transaction, and may be called again after it was
 * interrupted anywhere.
 */
import type { ClientBase } from "pg";
import { fence, fencedTables, type Gate, lockGate, readGate, tidyGate } from "../../app/db/gate.ts";
import { withShortLocks } from "../../app/db/short-locks.ts";
import { PromotionError, type RunningSessions } from "./contract.ts";
import { writtenTables } from "./tables.ts";

export { readGate, type Gate } from "../../app/db/gate.ts";

/** What the API does with requests that write: they wait, or are answered 503 at once. */
type Answer = "hold" | "refuse";

interface Draining {
  readonly run: string;
  readonly sessions: RunningSessions;
  readonly answer: Answer;
  /** Milliseconds until it opens by itself. */
  readonly windowMs: number;
}

interface Closing {
  readonly run: string;
  readonly answer: Answer;
  /** Milliseconds until it opens by itself, from when the last write in flight has ended. `Infinity`: never. */
  readonly windowMs: number;
}

/** A write of this connection passes the gate that the promotion has closed. Ends with the connection. */
export async function passGate(client: ClientBase, run: string): Promise<void> {
  await client.query("SELECT set_config('testfarm.promotion', $1, false)", [run]);
}

/**
 * No session is taken any more; those that run end, or are handed over. Everything is written as ever. Does nothing where
 * the promotion has closed it already.
 *
 * @throws {PromotionError} when another promotion keeps it.
 */
export async function drain(
  client: ClientBase,
  { run, sessions, answer, windowMs }: Draining,
): Promise<void> {
  await moving(client, run, async (gate) => {
    if (gate.state === "closed") return;
    await client.query(forgetLapse);
    await client.query(
      `UPDATE promotion.gate SET state = 'draining', run = $1, sessions = $2, answer = $3, moved_to = NULL, until = ${later("$4")}`,
      [run, sessions, answer, windowMs],
    );
  });
}

/**
 * From here on nobody writes but the promotion itself: every write that was answered is there, and every later one is
 * refused with SQLSTATE `TF001`. Waits for writes in flight, and for whatever else locks a table. Where the promotion has
 * closed it already and it has not opened since, it stays as it is, its time included.
 *
 * @throws {PromotionError} when another promotion keeps it, or somebody keeps a table locked.
 */
export async function close(client: ClientBase, { run, answer, windowMs }: Closing): Promise<Gate> {
  const isClosed = async ({ state }: Gate) => state === "closed" && !(await hasLetPass(client));
  for (let isDone = false; !isDone;) {
    // While the gate is open the fence lets pass, and each write keeps the gate from being closed until it is committed.
    if (!(await moving(client, run, isClosed))) await raiseFence(client);
    isDone = await moving(client, run, async (gate) => {
      if (await isClosed(gate)) return true;
      if ((await withoutFence(client)).length > 0) return false;
      await client.query(forgetLapse);
      await client.query(
        `UPDATE promotion.gate SET state = 'closed', run = $1, answer = $2, moved_to = NULL,
           sessions = CASE WHEN run = $1 THEN sessions END, until = ${later("$3")}`,
        [run, answer, windowMs],
      );
      return true;
    });
  }
  return readGate(client);
}

/** One table at a time: who has one of them may be about to write to another. */
async function raiseFence(client: ClientBase): Promise<void> {
  for (const table of await withoutFence(client))
    await patiently(client, () =>
      client.query(
        `CREATE TRIGGER ${fence} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${table}
         FOR EACH STATEMENT EXECUTE FUNCTION promotion.refuse_writes()`,
      ),
    );
}

async function withoutFence(client: ClientBase): Promise<string[]> {
  const fenced = new Set(await fencedTables(client));
  return (await writtenTables(client)).filter((table) => !fenced.has(table));
}

/**
 * It stays closed until it is opened, by this promotion.
 *
 * @param marginMs what has to be left of its time, at the least: for clocks that are set back.
 * @param movedTo where it is served now, for people.
 * @throws {PromotionError} when it has opened by itself, or is about to: it is then as it was.
 */
export async function closeForGood(
  client: ClientBase,
  run: string,
  marginMs: number,
  movedTo: string,
): Promise<void> {
  await whileClosed(client, run, marginMs, async () => {
    await client.query("UPDATE promotion.gate SET until = 'infinity', moved_to = $1", [movedTo]);
  });
}

/**
 * Gives it more time, from now on. One that is closed for good stays so.
 *
 * @throws {PromotionError} when it has opened by itself, or is about to.
 */
export async function extend(
  client: ClientBase,
  run: string,
  windowMs: number,
  marginMs: number,
): Promise<void> {
  await whileClosed(client, run, marginMs, async () => {
    await client.query(`UPDATE promotion.gate SET until = greatest(until, ${later("$1")})`, [windowMs]);
  });
}

/**
 * Everybody writes again.
 *
 * @param raiseEpoch whether this is where the installation is served from now on; once only for a promotion that opens it
 * again and again.
 * @param above the epoch of the other side, which the new one is to exceed. Default: 0.
 * @returns the epoch.
 * @throws {PromotionError} when another promotion keeps it closed.
 */
export async function open(
  client: ClientBase,
  { run, raiseEpoch, above = 0 }: { run: string; raiseEpoch: boolean; above?: number },
): Promise<number> {
  const epoch = await moving(client, run, async (gate) => {
    const isDone = gate.state === "open" && !gate.hasLapsed && gate.run === run;
    const { rows } = await client.query<{ epoch: number }>(
      `UPDATE promotion.gate SET state = 'open', run = $1, sessions = NULL, answer = NULL, until = NULL, moved_to = NULL,
         epoch = CASE WHEN $2 THEN greatest(epoch, $3::int) + 1 ELSE epoch END
       RETURNING epoch`,
      [run, raiseEpoch && !isDone, above],
    );
    return rows[0]!.epoch;
  });
  await tidyGate(client);
  return epoch;
}

/** What is so many milliseconds from now, by the server's clock. */
const later = (parameter: string) =>
  `CASE WHEN ${parameter}::float8 = 'infinity' THEN 'infinity'::timestamptz
     ELSE clock_timestamp() + ${parameter}::float8 * interval '1 millisecond' END`;

const forgetLapse = "SELECT setval('promotion.lapsed', 1, false)";

const hasLetPass = async (client: ClientBase): Promise<boolean> =>
  (await client.query<{ is_called: boolean }>("SELECT is_called FROM promotion.lapsed")).rows[0]!.is_called;

/** Changes the gate for a promotion, while nobody writes. */
const moving = <T>(client: ClientBase, run: string, work: (gate: Gate) => Promise<T>): Promise<T> =>
  patiently(client, async () => {
    await client.query(lockGate);
    const gate = await readGate(client);
    if (gate.state === "open" || gate.run === run) return work(gate);
    throw new PromotionError(
      `The gate of this database is ${gate.state} for promotion ${gate.run}, not for ${run}. Resume or undo that one first.`,
    );
  });

async function patiently<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  const done = await withShortLocks(client, async () => ({ value: await work() }));
  if (done) return done.value;
  throw new PromotionError(
    `Somebody keeps a table of this database locked: ${await longest(client)}. Wait for it or end it, then resume.`,
  );
}

/** The same where it has to be closed still. */
async function whileClosed(
  client: ClientBase,
  run: string,
  marginMs: number,
  work: () => Promise<void>,
): Promise<void> {
  await moving(client, run, async ({ state, left }) => {
    if (state === "closed" && left > marginMs && !(await hasLetPass(client))) return work();
    throw new PromotionError(
      state !== "closed"
        ? `The gate of this database has opened by itself: it is written to again, and what was copied since it was closed for promotion ${run} may be old. Undo, then begin again.`
        : `The gate of this database opens by itself in ${Math.round(left)} ms, and ${marginMs} ms have to be left. Undo, then begin again.`,
    );
  });
}

async function longest(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ pid: number; account: string; program: string; seconds: number }>(
    `SELECT pid, usename AS account, application_name AS program,
       round(extract(epoch FROM clock_timestamp() - xact_start))::int AS seconds
     FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
     ORDER BY xact_start LIMIT 3`,
  );
  return (
    rows
      .map(
        ({ pid, account, program, seconds }) =>
          `${account} (process ${pid}, ${program || "no name"}) for ${seconds} s`,
      )
      .join(", ") || "nobody any more"
  );
}
