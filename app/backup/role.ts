import type { Logger } from "pino";
import type { Env } from "../env.ts";
import { every } from "../every.ts";
import { backupMetrics } from "../metrics/backup.ts";
import { serveHealth } from "../worker/health.ts";
import { withClient } from "./connection.ts";
import { storeOf } from "./settings.ts";
import { scheduledTasks } from "./tasks.ts";
import { archiveWal } from "./wal/archive.ts";

/** How often it is looked whether something is due. Milliseconds. */
const interval = 15_000;
/** Where there is a volume for what is on its way into the bucket. */
const directory = "/srv/backup";
/** Segments of the database's log that may wait for a bucket that is away: 1 GB. */
const most = 64;

/**
 * The role `backup`. It serves whatever becomes of its tasks: a bucket that is away keeps no release from coming into
 * service, and is told by metrics and log.
 */
export async function startRole(env: Env<"backup">, log: Logger): Promise<{ close(): Promise<void> }> {
  const metrics = backupMetrics();
  const closing = new AbortController();
  const url = env.BACKUP_DATABASE_URL;
  const ready = () =>
    withClient(url, (client) => client.query("SELECT 1")).then(
      () => ({ database: true }),
      (err: unknown) => {
        log.warn({ err, service: "database" }, "does not answer");
        return { database: false };
      },
    );
  const store = storeOf(env);
  const health = await serveHealth({ port: env.PORT ?? 3001, metrics, ready, closing: closing.signal });
  const pointInTime = env.BACKUP_POINT_IN_TIME;
  const common = { url, store, programs: env.POSTGRES_PROGRAMS, pointInTime, metrics, log };
  const archive = pointInTime
    ? archiveWal({ ...common, directory: env.BACKUP_DIR ?? directory, most })
    : undefined;
  const doWhatIsDue = scheduledTasks({
    ...common,
    schedules: { backup: env.BACKUP_SCHEDULE, drill: env.BACKUP_DRILL_SCHEDULE },
    keepDays: env.BACKUP_KEEP_DAYS,
    covered: () => archive?.covered(),
    signal: closing.signal,
  });
  const onError = (err: unknown) => log.error({ err }, "cannot look what is due");
  const looking = every(interval, () => doWhatIsDue(new Date()), onError);
  log.info({ port: health.port }, "listening");
  return {
    async close() {
      closing.abort();
      await Promise.all([looking.close(), archive?.close()]);
      await health.close();
      store.close();
    },
  };
}
