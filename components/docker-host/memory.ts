/** One session's Chromium with its page, in MB. */
const browserPerSession = 350;

/**
 * Memory limits in MB. With 5 sessions all containers together stay below 3.6 GB, which leaves a server of 4 GB some for
 * its kernel and the engine.
 */
export const memoryLimits = (sessions: number) =>
  ({
    edge: 96,
    web: 32,
    api: 320,
    worker: 448,
    browser: sessions * browserPerSession,
    egress: 96,
    database: 512,
    cache: 128,
    migrate: 192,
  }) as const;
