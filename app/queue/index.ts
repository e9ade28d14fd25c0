import { postgresQueue } from "./postgres.ts";

/** Where sessions wait for a worker. */
export const queues = { postgres: postgresQueue } as const;
