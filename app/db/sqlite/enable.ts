import type { ClientBase } from "pg";
import { nextRun } from "../../schedule/schedules.ts";
import { newId } from "./identity.ts";
import type { Old } from "./entities.ts";

/** Lets schedules run that were enabled in the old product. Runs that are missed by now are not made up for. */
export async function enableSchedule(
  client: ClientBase,
  schedule: Old<"schedules">,
  now: Date,
): Promise<void> {
  if (!schedule.enabled) return;
  const { id, cron, timezone, nextRunAt } = schedule;
  const next = nextRunAt > now ? nextRunAt : nextRun(cron, timezone, now);
  await client.query("UPDATE schedules SET paused = false, next_run_at = $2 WHERE id = $1", [
    newId("schedules", id),
    next,
  ]);
}
