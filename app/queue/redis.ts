import { createRedisBackend } from "bullmq";
import type { ConnectionOptions } from "bullmq";
import { connectRedis } from "../redis/connect.ts";
import type { RedisAddress } from "../redis/connect.ts";
import { evictionPolicies } from "../redis/eviction.ts";
import { names } from "./bullmq/names.ts";
import { sessionQueue, type QueueSettings } from "./bullmq/queue.ts";
import type { SessionQueue } from "./contract.ts";

export interface RedisQueueOptions extends QueueSettings {
  readonly address: RedisAddress;
  /** Hears of settings that can lose sessions. */
  readonly warn: (message: string) => void;
  /** Begins every key. Default: that of `names`. */
  readonly prefix?: string;
}

/**
 * BullMQ on Redis or a Redis Cluster. What is lost there is no loss: PostgreSQL owns the sessions, and workers add again
 * what the queue does not know.
 *
 * @throws when Redis cannot be reached.
 */
export async function redisQueue({
  address,
  warn,
  prefix = names.prefix,
  ...settings
}: RedisQueueOptions): Promise<SessionQueue> {
  const client = await connectRedis(address, "fail-fast", heardByBullmq);
  const evicting = (await evictionPolicies(client)).find((policy) => policy !== "noeviction");
  if (evicting !== undefined) {
    warn(
      `Redis drops keys when its memory is full (maxmemory-policy ${evicting}), and with them parts of the queue. ` +
        "Set maxmemory-policy noeviction.",
    );
  }
  return sessionQueue<ReturnType<typeof createRedisBackend>, ConnectionOptions>(
    {
      backend: createRedisBackend,
      prefix,
      connection: client,
      async connectWorker() {
        const connection = await connectRedis(address, "wait", heardByBullmq);
        return { connection, disconnect: () => connection.disconnect() };
      },
      close: () => client.disconnect(),
    },
    settings,
  );
}

/** BullMQ listens to the connections that it is given, and passes their losses on. */
const heardByBullmq = () => undefined;
