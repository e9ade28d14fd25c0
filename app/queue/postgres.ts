import { createPostgresBackend } from "bullmq";
import { names } from "./bullmq/names.ts";
import { sessionQueue, type QueueSettings } from "./bullmq/queue.ts";
import type { SessionQueue } from "./contract.ts";

interface Options extends QueueSettings {
  /** Never pooled: each backend listens on a connection of its own. */
  readonly url: string;
}

/** BullMQ on PostgreSQL: for installations without Redis. */
export function postgresQueue({ url, ...settings }: Options): Promise<SessionQueue> {
  const connection = { connectionString: url, max: 4, schema: names.schema };
  return sessionQueue(
    {
      backend: createPostgresBackend,
      connection,
      // BullMQ makes a pool of its own out of it, and ends it.
      connectWorker: () => Promise.resolve({ connection, disconnect: () => undefined }),
      close: () => undefined,
    },
    settings,
  );
}
