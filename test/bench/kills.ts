import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue, Worker } from "bullmq";
import { sql } from "drizzle-orm";
import { pino } from "pino";
import { createSession, listSessions } from "../../app/db/sessions.ts";
import { openServices } from "../../app/services.ts";
import type { OpenServices } from "../../app/services.ts";
import { createTenant } from "../support/api.ts";
import { atEnd } from "../support/at-end.ts";
import { migratedDatabase } from "../support/postgres.ts";
import { redisProgram, startRedis } from "../support/redis.ts";
import type { Bench, Row } from "./bench.ts";
import { percentile } from "./bench.ts";

const workers = 6;
/** At the same time, fewer than the workers have places: what is measured is the takeover, not the queue. */
const underWay = 6;
const steps = 40;

interface Fleet {
  readonly services: OpenServices;
  readonly orgId: string;
  readonly personaId: string;
  startWorker(): Promise<ChildProcess>;
}

const killing = (name: string, times: number, isSoak: boolean): Bench => ({
  name,
  how: `${times} times kill -9 of one of ${workers} workers on Redis; sessions of ${steps} scripted steps, 100 ms each`,
  isSoak,
  async run() {
    const program = await redisProgram.find();
    if (program === undefined) throw new Error(redisProgram.needs);
    const { address } = await startRedis(program);
    const [baseline, found] = await Promise.all([
      takeoverOfBareBullMQ(address.url),
      kill(address.url, times),
    ]);
    return rows(baseline, found);
  },
});

export const kills = killing("kills", 20, false);
export const killsSoak = killing("kills-soak", 100, true);

interface Found {
  readonly sessions: number;
  /** Seconds from each kill to the next event of each session that it interrupted. */
  readonly resumed: readonly number[];
  readonly lost: number;
  readonly duplicatedSteps: number;
}

const rows = (baseline: number, { sessions, resumed, lost, duplicatedSteps }: Found): Row[] => [
  {
    what: "resume after a kill, longest",
    baseline: `${baseline.toFixed(1)} s bare BullMQ, once`,
    measured: `${Math.max(...resumed).toFixed(1)} s of ${resumed.length}; median ${percentile(resumed, 50).toFixed(1)} s`,
    target: "<= 20 s",
    met: resumed.length > 0 && Math.max(...resumed) <= 20,
  },
  { what: "lost sessions", measured: `${lost} of ${sessions}`, target: "0", met: lost === 0 },
  { what: "duplicated steps", measured: `${duplicatedSteps}`, target: "0", met: duplicatedSteps === 0 },
];

async function kill(redisUrl: string, times: number): Promise<Found> {
  const fleet = await openFleet(redisUrl);
  const { services, orgId, personaId } = fleet;
  const running = await Promise.all(Array.from({ length: workers }, fleet.startWorker));
  const started: string[] = [];
  const list = () => listSessions(services.db, orgId, 1_000);
  const unfinished = async () => (await list()).filter(({ endedAt }) => endedAt === null);
  const fill = async () => {
    for (let left = underWay - (await unfinished()).length; left > 0; left--) {
      const task = { url: "http://shop.test/", objective: `Do ${steps} steps`, personaId };
      const { id } = await createSession(services.db, orgId, task);
      await services.queue.add({ orgId, sessionId: id });
      started.push(id);
    }
  };

  for (let killed = 0; killed < times; killed++) {
    await fill();
    await sleep(1_500 + Math.random() * 1_000);
    const victim = Math.floor(Math.random() * workers);
    const ended = once(running[victim]!, "exit");
    running[victim]!.kill("SIGKILL");
    await ended;
    running[victim] = await fleet.startWorker();
  }
  while ((await unfinished()).length > 0) await sleep(250);
  const sessions = await list();
  return {
    sessions: started.length,
    resumed: await resumptions(services),
    lost: sessions.filter(({ status }) => status !== "passed").length,
    duplicatedSteps: await countDuplicates(services),
  };
}

/** A session that goes on after its worker was lost: how long nothing was written. */
async function resumptions({ db }: OpenServices): Promise<number[]> {
  const { rows: found } = await db.execute<{ seconds: number }>(sql`
    select extract(epoch from at - before)::float8 as seconds from (
      select type, at, payload, lag(at) over (partition by session_id order by seq) as before from session_events
    ) as events
    where type = 'continued' and (payload ->> 'lost')::boolean`);
  return found.map(({ seconds }) => seconds);
}

async function countDuplicates({ db }: OpenServices): Promise<number> {
  const { rows: found } = await db.execute(sql`
    select session_id from session_events where type = 'step'
    group by session_id, attempt, payload ->> 'step' having count(*) > 1`);
  return found.length;
}

async function openFleet(redisUrl: string): Promise<Fleet> {
  const databaseUrl = await migratedDatabase();
  const storageDirectory = await mkdtemp(join(tmpdir(), "testfarm-bench-"));
  atEnd(() => rm(storageDirectory, { recursive: true }));
  const redis = { url: redisUrl, isCluster: false };
  const services = await openServices(
    { databaseUrl, directUrl: databaseUrl, redis, storageDirectory },
    pino({ level: "silent" }),
  );
  atEnd(services.close);
  const program = [
    "--import",
    "tsx",
    "test/support/worker-process.ts",
    databaseUrl,
    storageDirectory,
    redisUrl,
  ];
  return {
    services,
    ...(await createTenant(services, "Bench")),
    async startWorker() {
      const worker = spawn(process.execPath, program, { stdio: ["pipe", "pipe", "inherit"] });
      atEnd(() => worker.kill("SIGKILL"));
      await once(worker.stdout, "data");
      return worker;
    },
  };
}

/** A job whose worker is gone, until another one has it, with BullMQ's own settings. Seconds. */
async function takeoverOfBareBullMQ(url: string): Promise<number> {
  const options = { connection: { url }, prefix: randomUUID() };
  const bare = new Queue("bare", options);
  await bare.add("run", {});
  const script = `
    const { Worker } = await import("bullmq");
    new Worker("bare", () => { console.log("taken"); return new Promise(() => undefined); }, ${JSON.stringify(options)});`;
  const victim = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(victim.stdout, "data");
  victim.kill("SIGKILL");
  const killed = performance.now();
  const takenOver = await new Promise<number>((resolve) => {
    const worker = new Worker("bare", async () => resolve((performance.now() - killed) / 1_000), {
      ...options,
      maxStalledCount: 5,
    });
    atEnd(() => worker.close());
  });
  await bare.close();
  return takenOver;
}
