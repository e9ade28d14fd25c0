import type { Logger } from "pino";
import { openDatabase } from "./db/database.ts";
import type { Database } from "./db/database.ts";
import type { SessionAnnouncements } from "./events/contract.ts";
import { announcements } from "./events/index.ts";
import type { SessionQueue } from "./queue/contract.ts";
import { queues } from "./queue/index.ts";
import type { Storage } from "./storage/contract.ts";
import { storages } from "./storage/index.ts";

interface Addresses {
  readonly databaseUrl: string;
  /** Never pooled. */
  readonly directUrl: string;
  readonly storageDirectory: string;
}

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

/** @throws when the database cannot be reached, or is not migrated. */
export async function openServices(addresses: Addresses, log: Logger): Promise<OpenServices> {
  const { databaseUrl, directUrl, storageDirectory } = addresses;
  const lost = (service: string) => (err: Error) => log.warn({ err, service }, "connection lost");
  const { db, pool } = openDatabase(databaseUrl, lost("database"));
  const opened = await Promise.all([
    announcements.postgres({ pool, directUrl, onError: lost("events") }),
    queues.postgres(directUrl, lost("queue")),
  ]);
  const [listening, queue] = opened;
  return {
    db,
    queue,
    announcements: listening,
    storage: storages.disk(storageDirectory),
    log,
    async ready() {
      const database = await pool.query("SELECT 1").then(
        () => true,
        (err: unknown) => {
          log.warn({ err }, "the database does not answer");
          return false;
        },
      );
      return { database, events: listening.isListening() };
    },
    async close() {
      await Promise.all([listening.close(), queue.close()]);
      await pool.end();
    },
  };
}
