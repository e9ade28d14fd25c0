import { CronExpressionParser } from "cron-parser";
import { and, asc, eq } from "drizzle-orm";
import { z } from "zod";
import { createSessionSchema, overlaps } from "../contract.ts";
import type { Database } from "../db/database.ts";
import { schedules } from "../db/schema.ts";

/** First due time after a moment. @throws when the expression or the time zone is none. */
export const nextRun = (cron: string, timezone: string, after: Date): Date =>
  CronExpressionParser.parse(cron, { tz: timezone, currentDate: after, strict: false }).next().toDate();

const isTimezone = (name: string) => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
};

const isCron = (expression: string) => {
  try {
    // A sixth field would be seconds: nobody wants a session a second.
    return (
      expression.trim().split(/\s+/).length === 5 && nextRun(expression, "UTC", new Date()) !== undefined
    );
  } catch {
    return false;
  }
};

export const createScheduleSchema = createSessionSchema.extend({
  cron: z.string().max(100).refine(isCron, "must have five fields: 0 9 * * 1 is Mondays at nine"),
  timezone: z.string().max(100).refine(isTimezone, "must be a time zone's name, such as Europe/Madrid"),
  overlap: z.enum(overlaps, "must be skip or queue").default("skip"),
});
export type CreateSchedule = z.output<typeof createScheduleSchema>;
export const updateScheduleSchema = z.object({
  paused: z.boolean().optional(),
  overlap: z.enum(overlaps, "must be skip or queue").optional(),
});
type UpdateSchedule = z.output<typeof updateScheduleSchema>;
type Schedule = typeof schedules.$inferSelect;

export async function listSchedules(db: Database, orgId: string): Promise<Schedule[]> {
  return db.select().from(schedules).where(eq(schedules.orgId, orgId)).orderBy(asc(schedules.createdAt));
}

export async function createSchedule(db: Database, orgId: string, input: CreateSchedule): Promise<Schedule> {
  const nextRunAt = nextRun(input.cron, input.timezone, new Date());
  const [created] = await db
    .insert(schedules)
    .values({ ...input, orgId, nextRunAt })
    .returning();
  return created!;
}

const own = (orgId: string, id: string) => and(eq(schedules.orgId, orgId), eq(schedules.id, id));

/** A schedule that is resumed does not make up for the runs that it missed. @returns `undefined` when there is none. */
export async function updateSchedule(
  db: Database,
  orgId: string,
  id: string,
  { paused, overlap }: UpdateSchedule,
): Promise<Schedule | undefined> {
  return db.transaction(async (tx) => {
    const [before] = await tx.select().from(schedules).where(own(orgId, id)).for("update");
    if (!before) return undefined;
    const isResumed = before.paused && paused === false;
    const [updated] = await tx
      .update(schedules)
      .set({
        paused: paused ?? before.paused,
        overlap: overlap ?? before.overlap,
        ...(isResumed && { nextRunAt: nextRun(before.cron, before.timezone, new Date()) }),
      })
      .where(own(orgId, id))
      .returning();
    return updated;
  });
}

/** The sessions that it has started stay. @returns whether there was one to delete. */
export async function deleteSchedule(db: Database, orgId: string, id: string): Promise<boolean> {
  const deleted = await db.delete(schedules).where(own(orgId, id)).returning({ id: schedules.id });
  return deleted.length > 0;
}
