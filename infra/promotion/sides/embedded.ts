import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { migrate } from "../../../app/db/migrate.ts";
import { createHome, openInstallation } from "../../../app/embedded/installation.ts";
import { takeLock } from "../../../app/embedded/lock.ts";
import { runningPostgres, startPostgres } from "../../../app/embedded/postgres.ts";
import { type Env, EnvError, readEnv } from "../../../app/env.ts";
import { bucketOf } from "../../../app/storage/settings.ts";
import type { Storage } from "../../../app/storage/contract.ts";
import { storages } from "../../../app/storage/index.ts";
import { AccessError } from "../../contracts/access.ts";
import type { Side } from "../contract.ts";
import { storeOf } from "../objects/store.ts";
import { isOfConnection, reasonOf } from "../runner/reason.ts";
import { closing } from "./closing.ts";

interface Options {
  /** Whether it may run; its PostgreSQL is started where it does not. Default: it must not. */
  readonly mayRun?: boolean;
  /** Where the other side's server reaches its own: host and port. */
  readonly address?: string | undefined;
}

/**
 * The installation that `npm start` runs. It has its tables then.
 *
 * @throws {AccessError} when it runs and must not, or cannot be reached.
 */
export const openEmbedded = ({ mayRun = false, address }: Options = {}): Promise<Side> =>
  closing(async (closers) => {
    const env = ownEnv();
    const home = env.TESTFARM_HOME;
    await createHome(home);
    const lock = await takeLock(home);
    const isRunning = "url" in lock;
    if (isRunning && !mayRun)
      throw new AccessError(
        `TestFarm runs in ${home}. End it, or name another directory with TESTFARM_HOME.`,
      );
    if (!isRunning) closers.push(() => lock.release());
    const databaseUrl =
      env.DATABASE_ADMIN_URL ??
      env.DATABASE_DIRECT_URL ??
      env.DATABASE_URL ??
      (await ownDatabase(home, isRunning, closers));
    await migrate(databaseUrl).catch((cause: unknown) => {
      if (!isOfConnection(cause)) throw cause;
      throw new AccessError(`The database of embedded does not answer: ${reasonOf(cause)}.`, { cause });
    });
    return {
      name: "embedded",
      kind: "embedded" as const,
      databaseUrl,
      dialUrl:
        address === undefined ? undefined : Object.assign(new URL(databaseUrl), { host: address }).href,
      objects: storeOf(await openStorage(env)),
      url: isRunning ? lock.url : "http://localhost",
    };
  });

async function ownDatabase(
  home: string,
  isRunning: boolean,
  closers: (() => Promise<void>)[],
): Promise<string> {
  const { settings } = await openInstallation(home);
  const directory = join(home, "postgres");
  const installed = { directory, password: settings.databasePassword };
  if (isRunning) return runningPostgres(installed);
  const postgres = await startPostgres(installed);
  closers.push(() => postgres.stop());
  return postgres.url;
}

async function openStorage(env: Env<"all">): Promise<Storage> {
  const bucket = bucketOf(env);
  if (bucket !== undefined) return storages.s3(bucket);
  const directory = env.STORAGE_DIR ?? join(env.TESTFARM_HOME, "storage");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return storages.disk(directory);
}

function ownEnv(): Env<"all"> {
  try {
    return readEnv("all");
  } catch (error) {
    if (error instanceof EnvError) throw new AccessError(error.message, { cause: error });
    throw error;
  }
}
