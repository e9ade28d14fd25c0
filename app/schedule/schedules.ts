import { CronExpressionParser } from "cron-parser";
import { asc, eq } from "drizzle-orm";
import { z } from "zod";
import { createSessionSchema } from "../contract.ts";
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
});
export type CreateSchedule = z.output<typeof createScheduleSchema>;
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
