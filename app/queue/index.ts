import { postgresQueue } from "./postgres.ts";
import type { RedisQueueOptions } from "./redis.ts";

/** Where sessions wait for a worker. What a provider stands on is loaded only where it is used. */
export const queues = {
  postgres: postgresQueue,
  redis: async (options: RedisQueueOptions) => (await import("./redis.ts")).redisQueue(options),
} as const;
