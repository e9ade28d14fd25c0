import { sql } from "drizzle-orm";
import { Gauge, Histogram, Registry } from "prom-client";
import { sessionStatuses } from "../contract.ts";
import type { Database } from "../db/database.ts";
import { sessions } from "../db/schema.ts";

export interface ApiMetrics {
  /** One answered request. `route` is the pattern, never the address: an address can hold anything. */
  request(request: { method: string; route: string; status: number; seconds: number }): void;
  /** A live stream has begun; call what it returns when it ends. */
  stream(): () => void;
  /** Everything, in the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** What the API counts. What the database knows better is asked of it at each scrape. */
export function apiMetrics(db: Database): ApiMetrics {
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
    help: "Sessions by their state.",
    labelNames: ["state"],
    registers,
    async collect() {
      const found = await countSessions(db);
      for (const state of sessionStatuses) this.set({ state }, found.get(state) ?? 0);
    },
  });
  new Gauge({
    name: "testfarm_queue_oldest_wait_seconds",
    help: "How long the session has waited that waits longest; 0 when none does.",
    registers,
    async collect() {
      this.set(await longestWait(db));
    },
  });
  return {
    request: ({ method, route, status, seconds }) => requests.observe({ method, route, status }, seconds),
    stream() {
      streams.inc();
      return () => streams.dec();
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

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
