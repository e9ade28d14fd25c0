import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import type { Env } from "../env.ts";
import { withLock } from "./connection.ts";
import { drill } from "./drill.ts";
import { type Context, makeBackup } from "./make.ts";
import { storeOf } from "./settings.ts";
import { lock } from "./tasks.ts";

/** Milliseconds between two looks whether somebody else's backup has ended. */
const interval = 1_000;

const usage =
  "Usage: backup [now]\n  now  makes a backup at once, tries whether it can be restored, and ends";

/** The role `backup` for an operator: one backup, whatever its schedule says. It ends with 2 when its arguments are wrong. */
export async function backUpOnce(env: Env<"backup">, args: readonly string[]): Promise<void> {
  if (args.join(" ") !== "now") {
    console.error(usage);
    process.exitCode = 2;
    return;
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => stop.abort(new Error("it was told to end")));
  const store = storeOf(env);
  try {
    await backUpNow(
      {
        url: env.BACKUP_DATABASE_URL,
        store,
        programs: env.POSTGRES_PROGRAMS,
        pointInTime: env.BACKUP_POINT_IN_TIME,
        signal: stop.signal,
      },
      console.log,
    );
  } finally {
    store.close();
  }
}

/**
 * Makes a backup, restores it beside the database and compares. Whoever makes another one meanwhile is waited for. Of the
 * database nothing is changed, so that one that takes no writes is backed up as well.
 *
 * @param say hears of both; the first line names the backup.
 * @throws when it cannot be made, or is not what was backed up.
 */
export async function backUpNow(context: Context, say: (line: string) => void): Promise<void> {
  const { url, signal } = context;
  const work = async (client: Client) => {
    const { name, bytes, seconds } = await makeBackup(context, client, new Date());
    say(`Backup ${name} is made: ${bytes} bytes in ${seconds.toFixed(1)} s.`);
    const { tables, rows } = await drill(context, client, new Date());
    say(
      `It was restored beside the database and compared: ${tables} tables with ${rows} rows are as they were.`,
    );
    return true;
  };
  while (!(await withLock(url, lock, work))) {
    say("Another backup is under way, and is waited for.");
    await sleep(interval, undefined, { signal });
  }
}
