import type { End } from "../../../../infra/promotion/actions/contract.ts";
import { type RedisServer, startRedis } from "../../../support/redis.ts";
import { type Application, keepStarting, nothingYet, startApplication } from "./application.ts";
import type { Place } from "./installation.ts";
import type { RedisOn } from "./moments.ts";

export interface Work {
  /** Acknowledged since it was looked at before. */
  readonly sessions: number;
  readonly steps: number;
  /** What is wrong with them and all before. */
  readonly problems: readonly string[];
}

/** Where it does not run. */
export const nothingDone: Work = { sessions: 0, steps: 0, problems: [] };

/** The application on both sides. */
export interface Fleet {
  /** All that it has. */
  readonly redis: readonly RedisServer[];
  /** Sessions are started wherever they are taken, until it is stopped. */
  keepWorking(): { stop(): Promise<void> };
  /** Looks at all that was acknowledged so far, once it has ended on that side. */
  audit(end: End): Promise<Work>;
  close(): Promise<void>;
}

/** @param program of Redis. */
export async function startFleet(
  places: Readonly<Record<End, Place>>,
  redisOn: RedisOn,
  program: string,
): Promise<Fleet> {
  const acknowledged = nothingYet();
  const redis = {
    source: redisOn === "both" ? await startRedis(program) : undefined,
    target: redisOn === "neither" ? undefined : await startRedis(program),
  };
  const start = (end: End): Promise<Application> =>
    startApplication(places[end], redis[end]?.address, acknowledged);
  const applications = { source: await start("source"), target: await start("target") };
  let before = { sessions: 0, steps: 0 };
  return {
    redis: Object.values(redis).filter((server) => server !== undefined),
    keepWorking: () => keepStarting(Object.values(applications)),
    async audit(end) {
      const problems = await applications[end].problems();
      const [sessions, steps] = [acknowledged.sessions.size, acknowledged.steps.size];
      const since = { sessions: sessions - before.sessions, steps: steps - before.steps };
      before = { sessions, steps };
      return { ...since, problems };
    },
    async close() {
      for (const each of Object.values(applications)) await each.close();
      for (const each of Object.values(redis)) await each?.kill();
    },
  };
}
