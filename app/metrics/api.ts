import { sql } from "drizzle-orm";
import { Gauge, Histogram, Registry } from "prom-client";
import { sessionStatuses } from "../contract.ts";
import type { Database } from "../db/database.ts";
import { sessions } from "../db/schema.ts";
import type { SessionQueue } from "../queue/contract.ts";

export interface ApiMetrics {
  readonly registry: Registry;
  /** One answered request. `route` is the pattern, never the address: an address can hold anything. */
  request(request: { method: string; route: string; status: number; seconds: number }): void;
  /** A live stream has begun; call what it returns when it ends. */
  stream(): () => void;
}

/** What the API counts. What database and queue know better is asked of them at each scrape. */
export function apiMetrics(db: Database, queue: Pick<SessionQueue, "depth">): ApiMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: "testfarm_http_request_duration_seconds",
    help: "Time to answer a request; a live stream counts until its first byte.",
    labelNames: ["method", "route", "status"],
    buckets: [0.005, 0.025, 0.1, 0.5, 2, 10],
    registers,
  });
  const streams = new Gauge({ name: "testfarm_sse_clients", help: "Open live streams.", registers });
  // Gauges that ask when they are scraped register themselves.
  new Gauge({
    name: "testfarm_sessions",
    help: "Sessions by their state, as the database has them.",
    labelNames: ["state"],
    registers,
    async collect() {
      this.reset();
      const found = await countSessions(db).catch(unknown);
      for (const state of found ? sessionStatuses : []) this.set({ state }, found?.get(state) ?? 0);
    },
  });
  new Gauge({
    name: "testfarm_queue_jobs",
    help: "Sessions that the queue holds: waiting for a worker, delayed until another try, active on a worker.",
    labelNames: ["state"],
    registers,
    async collect() {
      this.reset();
      const depth = await queue.depth().catch(unknown);
      for (const [state, number] of Object.entries(depth ?? {})) this.set({ state }, number);
    },
  });
  new Gauge({
    name: "testfarm_queue_oldest_wait_seconds",
    help: "How long the session has waited that waits longest; 0 when none does.",
    registers,
    async collect() {
      this.remove();
      const seconds = await longestWait(db).catch(unknown);
      if (seconds !== undefined) this.set(seconds);
    },
  });
  return {
    registry,
    request: ({ method, route, status, seconds }) => requests.observe({ method, route, status }, seconds),
    stream() {
      streams.inc();
      return () => streams.dec();
    },
  };
}

/** What a service that is away would have known; `/readyz` says that it is, and the other figures go on. */
const unknown = () => undefined;

async function countSessions(db: Database): Promise<Map<string, number>> {
  const rows = await db
    .select({ state: sessions.status, number: sql<number>`count(*)::int` })
    .from(sessions)
    .groupBy(sessions.status);
  return new Map(rows.map(({ state, number }) => [state, number]));
}

async function longestWait(db: Database): Promise<number> {
  const [row] = await db
    .select({
      seconds: sql<number>`coalesce(extract(epoch from now() - min(${sessions.createdAt})), 0)::float8`,
    })
    .from(sessions)
    .where(sql`${sessions.status} = 'queued'`);
  return row?.seconds ?? 0;
}
