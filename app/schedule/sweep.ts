import { and, asc, eq, lte } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { schedules } from "../db/schema.ts";
import { createSession } from "../db/sessions.ts";
import type { SessionJob, SessionQueue } from "../queue/contract.ts";
import { nextRun } from "./schedules.ts";

const batch = 50;

/**
 * Starts a session for every schedule that is due. Any number of processes may sweep: each due run is claimed by one,
 * and its idempotency key keeps it from being made twice. Runs missed while nobody swept are made up for by one.
 */
export async function sweep(db: Database, queue: SessionQueue, now: Date): Promise<readonly SessionJob[]> {
  const started = await db.transaction(async (tx) => {
    const due = await tx
      .select()
      .from(schedules)
      .where(and(eq(schedules.paused, false), lte(schedules.nextRunAt, now)))
      .orderBy(asc(schedules.nextRunAt))
      .limit(batch)
      .for("update", { skipLocked: true });
    const jobs: SessionJob[] = [];
    for (const { id, orgId, personaId, url, objective, cron, timezone, nextRunAt } of due) {
      const key = `schedule:${id}:${nextRunAt.toISOString()}`;
      const session = await createSession(tx, orgId, { personaId, url, objective }, key);
      await tx
        .update(schedules)
        .set({ nextRunAt: nextRun(cron, timezone, now) })
        .where(and(eq(schedules.orgId, orgId), eq(schedules.id, id)));
      jobs.push({ orgId, sessionId: session.id });
    }
    return jobs;
  });
  // Should this fail, the workers' reconciler finds the sessions.
  for (const job of started) await queue.add(job);
  return started;
}
