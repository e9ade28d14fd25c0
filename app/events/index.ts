import { postgresAnnouncements } from "./postgres.ts";

/** How processes tell each other that a session has new events. */
export const announcements = { postgres: postgresAnnouncements } as const;
