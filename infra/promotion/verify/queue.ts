import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { listUnfinished } from "../../../app/db/attempts.ts";
import { openDatabase } from "../../../app/db/database.ts";
import type { names } from "../../../app/queue/bullmq/names.ts";
import { connectRedis } from "../../../app/redis/connect.ts";
import { withoutCredentials } from "../../../app/without-credentials.ts";
import type { OpenStack } from "../../access/index.ts";
import { AccessError } from "../../contracts/access.ts";
import { type Detail, type Progress, PromotionError } from "../contract.ts";

/** A queue as it is looked into from outside. Nothing is written: the application's own client would set it up. */
export interface Queue {
  /** Those of some sessions that neither wait, nor run, nor await another try. */
  lacks(sessions: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

type Names = typeof names;
/** As the application calls it; another name there does not compile here. */
const queue: Names["queue"] = "sessions";
const prefix: Names["prefix"] = "{tf}";
const schema: Names["schema"] = "bullmq";

/** For an answer. Milliseconds. */
const patience = 10_000;
/** How often a queue is tried that breaks while it is looked into. */
const tries = 3;
/** Sessions that are asked for, and that an error names. */
const [batch, told] = [500, 10];

/**
 * The queue of a stack: in its Redis, or where it has none in its database.
 *
 * @param databaseUrl of the stack, reachable from here.
 * @throws {AccessError} where only the stack reaches it.
 */
export async function openQueue(
  { outputs, access }: Pick<OpenStack, "outputs"> & { readonly access: Pick<OpenStack["access"], "forward"> },
  databaseUrl: string,
): Promise<Queue> {
  const { REDIS_URL = "", REDIS_CLUSTER = "" } = outputs;
  if (REDIS_URL === "") return queueInPostgres(databaseUrl);
  if (REDIS_CLUSTER === "true")
    throw new AccessError("it is in a Redis Cluster, whose nodes have addresses that only the stack reaches");
  const forward = await access.forward(REDIS_URL);
  try {
    const redis = await queueInRedis(forward.url);
    return { ...redis, close: () => redis.close().finally(() => forward.close()) };
  } catch (error) {
    await forward.close();
    throw error;
  }
}

function queueInPostgres(databaseUrl: string): Queue {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 1,
    connectionTimeoutMillis: patience,
    query_timeout: patience,
  });
  // Whatever is asked next fails with it.
  pool.on("error", () => undefined);
  return {
    async lacks(sessions) {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT id FROM unnest($1::text[]) AS asked (id)
         WHERE NOT EXISTS (SELECT FROM ${schema}.job WHERE queue = $2 AND job.id = asked.id)`,
        [sessions, queue],
      );
      return rows.map(({ id }) => id);
    },
    close: () => pool.end(),
  };
}

async function queueInRedis(url: string): Promise<Queue> {
  const client = await connectRedis({ url, isCluster: false }, "fail-fast", () => undefined);
  return {
    async lacks(sessions) {
      const lacking: string[] = [];
      for (let at = 0; at < sessions.length; at += batch) {
        const asked = sessions.slice(at, at + batch);
        const found = await Promise.all(
          asked.map((session) => client.exists(`${prefix}:${queue}:${session}`)),
        );
        lacking.push(...asked.filter((_, index) => found[index] === 0));
      }
      return lacking;
    },
    close: () => Promise.resolve(client.disconnect()),
  };
}

interface Waiting {
  /** Of the side. */
  readonly name: string;
  readonly databaseUrl: string;
  readonly open: () => Promise<Queue>;
  /** Between two looks. Milliseconds. */
  readonly interval: number;
  /** For how long it may come no nearer. Milliseconds. Default: 10 minutes; workers look every half a minute. */
  readonly longest?: number;
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
  readonly note: (text: string) => void;
}

/**
 * Waits until the queue of an opened side holds every session that has not ended as this begins: its workers add them. What
 * is started meanwhile its API adds.
 *
 * @returns how many, or why it was not looked into: a queue that is not reached from here is no reason to go back.
 * @throws {PromotionError} naming sessions that it lacks, and does not get.
 */
export async function waitQueued({
  name,
  databaseUrl,
  open,
  interval,
  longest = 600_000,
  signal,
  report,
  note,
}: Waiting): Promise<Detail> {
  const { db, pool } = openDatabase(databaseUrl, () => undefined);
  const unfinished = async () => (await listUnfinished(db)).map(({ sessionId }) => sessionId);
  let asked: Queue | undefined;
  try {
    let lacking = await unfinished();
    const of = lacking.length;
    let [failures, nearer] = [0, performance.now()];
    for (;;) {
      const before = lacking.length;
      try {
        asked ??= await open();
        lacking = await asked.lacks(lacking);
        failures = 0;
      } catch (error) {
        await asked?.close();
        asked = undefined;
        if (error instanceof AccessError || ++failures === tries) {
          const reason = withoutCredentials((error as Error).message);
          note(`The queue of ${name} is not checked: ${reason}`);
          return { queue: `not checked: ${reason}` };
        }
      }
      if (lacking.length > 0) {
        const still = new Set(await unfinished());
        lacking = lacking.filter((session) => still.has(session));
      }
      report({ what: "sessions in the queue", done: of - lacking.length, of });
      if (lacking.length === 0) return { queued: of };
      if (lacking.length < before) nearer = performance.now();
      if (performance.now() - nearer > longest)
        throw new PromotionError(
          `The queue of ${name} lacks ${lacking.length} of ${of} sessions that have not ended: ${lacking.slice(0, told).join(", ")}. Does a worker run there?`,
        );
      await sleep(interval, undefined, { signal });
    }
  } finally {
    await asked?.close();
    await pool.end();
  }
}
