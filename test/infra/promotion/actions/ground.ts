/** Two servers on which promotions are tried one after the other, each between databases of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { databaseAt, nameOf, withClient } from "../../../../app/backup/connection.ts";
import type { End } from "../../../../infra/promotion/actions/contract.ts";
import type { Bucket } from "../../../../app/storage/contract.ts";
import { storages } from "../../../../app/storage/index.ts";
import { atEnd } from "../../../support/at-end.ts";
import { redisProgram } from "../../../support/redis.ts";
import { type S3Server, s3Servers } from "../../../support/s3.ts";
import type { Service } from "../../../support/services.ts";
import { seed, type Server, startServer } from "../replication/server.ts";
import type { Place } from "./installation.ts";
import { journal } from "./writer.ts";

/** S3 servers, a new one at each call, and the program of Redis. */
export const surroundingServices: Service<{
  readonly startS3: () => Promise<S3Server>;
  readonly redis: string;
}> = {
  name: `${s3Servers.name} and ${redisProgram.name}`,
  needs: [s3Servers.needs, redisProgram.needs].join(" "),
  async find() {
    const [startS3, redis] = [await s3Servers.find(), await redisProgram.find()];
    return startS3 && redis !== undefined ? { startS3, redis } : undefined;
  },
};

/**
 * Nobody cuts the power here: what a killed process has written stays. After a failure a subscription would wait for 5 s,
 * and where it hears nothing for a minute.
 */
const settings = [
  "fsync=off",
  "wal_retrieve_retry_interval=200ms",
  "wal_receiver_timeout=10s",
  "wal_sender_timeout=10s",
];

/** `disk to bucket`: of the source and of the target. */
export type Stores = "disk" | "bucket" | "disk to bucket";

export interface Ground {
  readonly servers: Readonly<Record<End, Server>>;
  /** A source with some data, and an empty target. */
  fresh(stores: Stores): Promise<Field>;
}

export interface Field {
  readonly places: Readonly<Record<End, Place>>;
  /** Removes both sides, whatever a promotion has left of itself. */
  clear(): Promise<void>;
}

const ends = ["source", "target"] as const satisfies readonly End[];

/** @param buckets one of each side; `undefined` where only disks are asked for. */
export async function openGround(buckets?: Readonly<Record<End, Bucket>>): Promise<Ground> {
  const servers = { source: await startServer(...settings), target: await startServer(...settings) };
  for (const end of ends) await withClient(servers[end].url, (client) => client.query(journal));
  await seed(servers.source.url, 20);
  // Nobody works at them any more.
  await withClient(servers.source.url, (client) =>
    client.query("UPDATE sessions SET status = 'passed', ended_at = now(), last_seq = 20"),
  );
  let count = 0;

  async function place(end: End, stores: Stores): Promise<Place & { clear(): Promise<void> }> {
    const { url } = servers[end];
    const name = `promotion_${count}`;
    await asOwner(url, `CREATE DATABASE ${name} TEMPLATE ${nameOf(url)}`);
    const isDisk = stores === "disk" || (stores === "disk to bucket" && end === "source");
    const own = isDisk ? await directory() : await bucket(end);
    return {
      url: databaseAt(url, name),
      screenshots: own.screenshots,
      async clear() {
        await asOwner(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
        await own.clear();
      },
    };
  }

  async function bucket(end: End) {
    if (buckets === undefined) throw new Error("This ground has no buckets.");
    const storage = await storages.s3(buckets[end]);
    return { screenshots: buckets[end], clear: () => storage.removeAll("org/") };
  }

  return {
    servers,
    async fresh(stores) {
      count++;
      const source = await place("source", stores);
      const target = await place("target", stores);
      return {
        places: { source, target },
        async clear() {
          // The subscriptions of both first: a slot that is read cannot go.
          for (const { url } of [source, target]) if (await isThere(url)) await withoutReplication(url);
          for (const each of [source, target]) await each.clear();
        },
      };
    },
  };
}

async function directory() {
  const screenshots = await mkdtemp(join(tmpdir(), "testfarm-ground-"));
  const clear = () => rm(screenshots, { recursive: true, force: true });
  atEnd(clear);
  return { screenshots, clear };
}

/** A source that was retired is not. */
export const isThere = (url: string): Promise<boolean> =>
  withClient(databaseAt(url, "postgres"), async (client) => {
    const { rows } = await client.query("SELECT FROM pg_database WHERE datname = $1", [nameOf(url)]);
    return rows.length > 0;
  });

/** By a connection to another database of the server. */
const asOwner = (url: string, statement: string): Promise<unknown> =>
  withClient(databaseAt(url, "postgres"), (client) => client.query(statement));

async function withoutReplication(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows: subscriptions } = await client.query<{ name: string }>(
      "SELECT subname AS name FROM pg_subscription JOIN pg_database ON pg_database.oid = subdbid WHERE datname = current_database()",
    );
    for (const { name } of subscriptions)
      for (const statement of [
        `ALTER SUBSCRIPTION ${name} DISABLE`,
        `ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`,
        `DROP SUBSCRIPTION ${name}`,
      ])
        await client.query(statement);
    // One that waits for a dead connection sees only later that it is to end.
    await vi.waitFor(async () => {
      await client.query(
        `SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots
         WHERE database = current_database() AND active_pid IS NOT NULL`,
      );
      await client.query(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()",
      );
    });
  });
}
