/**
 * What KEDA asks the application's queue for: the number of sessions to run, by which workers and browsers are scaled. Of
 * the application only types are imported; another name there does not compile here.
 *
 * It is those that wait, prioritised ones too, and those that run: of a worker that died as well, until another one has
 * taken them over. A session that waits for another try is not among them: it needs no place for some seconds, and counts again
 * when its time has come. As only a worker sees to that, and adds what the queue has lost, one worker has to
 * be there at all times. A pause of BullMQ's, which nothing here makes use of, leaves the number as it is.
 */
import type { names } from "../../app/queue/bullmq/names.ts";

type Names = typeof names;
const queue: Names["queue"] = "sessions";
const prefix: Names["prefix"] = "{tf}";
const schema: Names["schema"] = "bullmq";

/**
 * On Redis: the keys whose lengths are the number together. KEDA's scaler `redis`, for a cluster `redis-cluster`, reads
 * one key, LLEN of a list and ZCARD of a sorted set, 0 of none: one trigger for each, with its name here
 * (pkg/scalers/redis_scaler.go of kedacore/keda, as of 2026-08-20).
 */
export const redisKeys = {
  wait: `${prefix}:${queue}:wait`,
  prioritized: `${prefix}:${queue}:prioritized`,
  active: `${prefix}:${queue}:active`,
} as const;

/** KEDA's `scalingModifiers.formula` that adds them up. */
export const redisFormula = "wait + prioritized + active";

/**
 * On PostgreSQL: the query of KEDA's scaler `postgresql`, which reads one row of one number
 * (pkg/scalers/postgresql_scaler.go of kedacore/keda, as of 2026-08-20). BullMQ takes prioritised sessions for waiting
 * ones there. What the account `app` may is enough.
 */
export const postgresQuery = `SELECT count(*) FROM ${schema}.job WHERE queue = '${queue}' AND state IN ('waiting', 'active')`;
