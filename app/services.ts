import type { Logger } from "pino";
import { openDatabase } from "./db/database.ts";
import type { Database } from "./db/database.ts";
import type { Env } from "./env.ts";
import type { SessionAnnouncements } from "./events/contract.ts";
import { announcements } from "./events/index.ts";
import type { SessionQueue } from "./queue/contract.ts";
import { queues } from "./queue/index.ts";
import type { RedisAddress } from "./redis/connect.ts";
import type { Bucket, Storage } from "./storage/contract.ts";
import { storages } from "./storage/index.ts";

interface CommonAddresses {
  readonly databaseUrl: string;
  /** Never pooled. */
  readonly directUrl: string;
  /** For queue and events. Absent: both run on PostgreSQL. */
  readonly redis?: RedisAddress | undefined;
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
  /** What a process cannot serve without, and whether it has it. */
  ready(): Promise<Readonly<Record<string, boolean>>>;
  close(): Promise<void>;
}

type Settings = Pick<
  Env<"all">,
  | "DATABASE_DIRECT_URL"
  | "REDIS_URL"
  | "REDIS_CLUSTER"
  | "S3_BUCKET"
  | "S3_REGION"
  | "S3_ENDPOINT"
  | "S3_FORCE_PATH_STYLE"
  | "AWS_ACCESS_KEY_ID"
  | "AWS_SECRET_ACCESS_KEY"
  | "AWS_SESSION_TOKEN"
  | "STORAGE_DIR"
  | "OTEL_EXPORTER_OTLP_ENDPOINT"
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

function bucketOf(env: Settings): Bucket | undefined {
  if (env.S3_BUCKET === undefined) return undefined;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
  return {
    name: env.S3_BUCKET,
    region: env.S3_REGION,
    endpoint: env.S3_ENDPOINT,
    forcePathStyle: env.S3_FORCE_PATH_STYLE,
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && {
        credentials: {
          accessKeyId,
          secretAccessKey,
          ...(AWS_SESSION_TOKEN !== undefined && { sessionToken: AWS_SESSION_TOKEN }),
        },
      }),
  };
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
  const storage = addresses.bucket
    ? await storages.s3(addresses.bucket)
    : storages.disk(addresses.storageDirectory);
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
    async ready() {
      const [database, inQueue] = await Promise.all([
        answers("database", pool.query("SELECT 1")),
        answers("queue", queue.check()),
      ]);
      return { database, queue: inQueue, events: listening.isListening() };
    },
    async close() {
      await Promise.all([listening.close(), queue.close()]);
      await pool.end();
    },
  };
}
