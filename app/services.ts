import type { Logger } from "pino";
import { openDatabase } from "./db/database.ts";
import type { Database } from "./db/database.ts";
import type { Env } from "./env.ts";
import type { SessionAnnouncements } from "./events/contract.ts";
import { announcements } from "./events/index.ts";
import { type GateWatch, isMoved, watchGate } from "./promotion/gate.ts";
import type { SessionQueue } from "./queue/contract.ts";
import { queues } from "./queue/index.ts";
import type { RedisAddress } from "./redis/connect.ts";
import type { Bucket, Storage } from "./storage/contract.ts";
import { storages } from "./storage/index.ts";
import { readThrough } from "./storage/read-through.ts";
import { bucketOf, type StorageSettings } from "./storage/settings.ts";

interface CommonAddresses {
  readonly databaseUrl: string;
  /** Never pooled. */
  readonly directUrl: string;
  /** For queue and events. Absent: both run on PostgreSQL. */
  readonly redis?: RedisAddress | undefined;
  /** Of an earlier installation, for pictures that this one does not have. Default: none. */
  readonly readThrough?: Bucket | undefined;
  /** Whether traces are sent. Default: no. */
  readonly isTraced?: boolean;
}

/** Pictures go to a bucket, or into a directory where there is none. */
export type Addresses = CommonAddresses &
  ({ readonly bucket: Bucket } | { readonly bucket?: undefined; readonly storageDirectory: string });

/** What API and worker stand on. */
export interface OpenServices {
  readonly db: Database;
  readonly queue: SessionQueue;
  readonly announcements: SessionAnnouncements;
  readonly storage: Storage;
  readonly log: Logger;
  /** Whether the installation takes writes, or is being moved. */
  readonly gate: GateWatch;
  /** What a process cannot serve without, and whether it has it. */
  ready(): Promise<Readonly<Record<string, boolean>>>;
  close(): Promise<void>;
}

type Settings = StorageSettings &
  Pick<
    Env<"all">,
    "DATABASE_DIRECT_URL" | "REDIS_URL" | "REDIS_CLUSTER" | "STORAGE_DIR" | "OTEL_EXPORTER_OTLP_ENDPOINT"
  > & { readonly DATABASE_URL: string };

/** Which services the environment names. */
export function addressesOf(env: Settings): Addresses {
  const common = {
    databaseUrl: env.DATABASE_URL,
    directUrl: env.DATABASE_DIRECT_URL ?? env.DATABASE_URL,
    redis:
      env.REDIS_URL === undefined ? undefined : { url: env.REDIS_URL, isCluster: env.REDIS_CLUSTER ?? false },
    isTraced: env.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
  };
  const bucket = bucketOf(env);
  // `readEnv` lets no role start that has neither a bucket nor a directory.
  return bucket ? { ...common, bucket } : { ...common, storageDirectory: env.STORAGE_DIR! };
}

/** @throws when the database or Redis cannot be reached, or the database is not migrated. */
export async function openServices(addresses: Addresses, log: Logger): Promise<OpenServices> {
  const { databaseUrl, directUrl, redis, isTraced } = addresses;
  const lost = (service: string) => (err: Error) => log.warn({ err, service }, "connection lost");
  const warn = (message: string) => log.warn(message);
  const { db, pool } = openDatabase(databaseUrl, lost("database"));
  const [listening, queue] = await Promise.all(
    redis
      ? [
          announcements.redis({ address: redis, onError: lost("events") }),
          queues.redis({ address: redis, onError: lost("queue"), isTraced, warn }),
        ]
      : [
          announcements.postgres({ pool, directUrl, onError: lost("events") }),
          queues.postgres({ url: directUrl, onError: lost("queue"), isTraced }),
        ],
  );
  const gate = await watchGate(db, {
    onError: (err) => log.warn({ err, service: "database" }, "cannot see whether the installation moves"),
  });
  const { epoch, movedTo } = gate.now();
  if (isMoved(gate.now()))
    log.warn({ epoch, movedTo }, "this installation has moved; here it only answers who reads");
  const own = addresses.bucket
    ? await storages.s3(addresses.bucket)
    : storages.disk(addresses.storageDirectory);
  const storage = addresses.readThrough ? readThrough(own, await storages.s3(addresses.readThrough)) : own;
  const answers = async (service: string, question: Promise<unknown>): Promise<boolean> => {
    try {
      await question;
      return true;
    } catch (err) {
      log.warn({ err, service }, "does not answer");
      return false;
    }
  };
  return {
    db,
    queue,
    announcements: listening,
    storage,
    log,
    gate,
    async ready() {
      const [database, inQueue] = await Promise.all([
        answers("database", pool.query("SELECT 1")),
        answers("queue", queue.check()),
      ]);
      return { database, queue: inQueue, events: listening.isListening() };
    },
    async close() {
      await Promise.all([listening.close(), queue.close(), gate.close()]);
      await pool.end();
    },
  };
}
