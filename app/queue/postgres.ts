import { createPostgresBackend } from "bullmq";
import { sessionQueue } from "./bullmq/queue.ts";
import type { SessionQueue } from "./contract.ts";

interface Options {
  /** Never pooled: each backend listens on a connection of its own. */
  readonly url: string;
  /** Hears of lost connections; BullMQ connects again by itself. */
  readonly onError: (error: Error) => void;
}

/** BullMQ on PostgreSQL: for installations without Redis. */
export function postgresQueue({ url, onError }: Options): Promise<SessionQueue> {
  const connection = { connectionString: url, max: 4 };
  return sessionQueue(
    {
      backend: createPostgresBackend,
      connection,
      // BullMQ makes a pool of its own out of it, and ends it.
      connectWorker: () => Promise.resolve({ connection, disconnect: () => undefined }),
      close: () => undefined,
    },
    onError,
  );
}
