import { postgresAnnouncements } from "./postgres.ts";
import type { RedisAnnouncementsOptions } from "./redis.ts";

/** How processes tell each other that a session has new events. What a provider stands on is loaded where it is used. */
export const announcements = {
  postgres: postgresAnnouncements,
  redis: async (options: RedisAnnouncementsOptions) =>
    (await import("./redis.ts")).redisAnnouncements(options),
} as const;
