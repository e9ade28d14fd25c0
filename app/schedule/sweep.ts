import { and, asc, eq, lte } from "drizzle-orm";
import type { Database, Transaction } from "../db/database.ts";
import { schedules, sessions } from "../db/schema.ts";
import { createSession, unfinished } from "../db/sessions.ts";
import type { SessionJob, SessionQueue } from "../queue/contract.ts";
import { nextRun } from "./schedules.ts";

/** Few enough that a process which ends in the middle holds little back. */
const batch = 50;

/**
 * Starts a session for every schedule that is due. Any number of processes may sweep: each due run is claimed by one,
 * and its idempotency key keeps it from being made twice. Runs missed while nobody swept are made up for by one.
 *
 * @returns the sessions that were started.
 */
export async function sweep(
  db: Database,
  queue: Pick<SessionQueue, "add">,
  now: Date,
): Promise<readonly SessionJob[]> {
  const all: SessionJob[] = [];
  for (let due = batch; due === batch;) {
    const swept = await sweepBatch(db, now);
    due = swept.due;
    // Should this fail, the workers' reconciler finds the sessions.
    for (const job of swept.started) await queue.add(job);
    all.push(...swept.started);
  }
  return all;
}

async function sweepBatch(
  db: Database,
  now: Date,
): Promise<{ readonly due: number; readonly started: readonly SessionJob[] }> {
  return db.transaction(async (tx) => {
    const due = await tx
      .select()
      .from(schedules)
      .where(and(eq(schedules.paused, false), lte(schedules.nextRunAt, now)))
      .orderBy(asc(schedules.nextRunAt))
      .limit(batch)
      .for("update", { skipLocked: true });
    const started: SessionJob[] = [];
    for (const schedule of due) {
      const { id, orgId, personaId, url, objective, cron, timezone, overlap, nextRunAt } = schedule;
      if (overlap === "queue" || !(await isUnderWay(tx, id))) {
        const key = `schedule:${id}:${nextRunAt.toISOString()}`;
        const task = { personaId, url, objective, scheduleId: id };
        const session = await createSession(tx, orgId, task, key);
        started.push({ orgId, sessionId: session.id });
      }
      await tx
        .update(schedules)
        .set({ nextRunAt: nextRun(cron, timezone, now) })
        .where(and(eq(schedules.orgId, orgId), eq(schedules.id, id)));
    }
    return { due: due.length, started };
  });
}

/** Whether a session that the schedule has started has not ended. */
const isUnderWay = async (tx: Transaction, scheduleId: string) =>
  (await tx.$count(sessions, and(eq(sessions.scheduleId, scheduleId), unfinished))) > 0;
