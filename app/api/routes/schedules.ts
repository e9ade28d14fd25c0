import { createRoute, z } from "@hono/zod-openapi";
import { hasPersona } from "../../db/personas.ts";
import { createSchedule, createScheduleSchema, listSchedules } from "../../schedule/schedules.ts";
import type { Api, ApiOptions } from "../context.ts";
import { noSuchPersona } from "../errors.ts";
import { answerOf, bodyOf, refusal, scheduleSchema } from "../schemas.ts";

const list = createRoute({
  method: "get",
  path: "/api/schedules",
  summary: "The organization's recurring sessions",
  responses: { 200: answerOf("All schedules", z.array(scheduleSchema)) },
});

const create = createRoute({
  method: "post",
  path: "/api/schedules",
  summary: "Start a session again and again",
  request: { body: bodyOf(createScheduleSchema) },
  responses: { 201: answerOf("The new schedule", scheduleSchema), 400: refusal("The input is wrong") },
});

type Row = Awaited<ReturnType<typeof createSchedule>>;
const toAnswer = ({ orgId: _orgId, createdAt: _createdAt, nextRunAt, ...schedule }: Row) => ({
  ...schedule,
  nextRunAt: nextRunAt.toISOString(),
});

export function addSchedules(api: Api, { db }: ApiOptions): void {
  api.openapi(list, async (context) =>
    context.json((await listSchedules(db, context.var.principal.orgId)).map(toAnswer), 200),
  );
  api.openapi(create, async (context) => {
    const { orgId } = context.var.principal;
    const input = context.req.valid("json");
    if (!(await hasPersona(db, orgId, input.personaId))) throw noSuchPersona();
    return context.json(toAnswer(await createSchedule(db, orgId, input)), 201);
  });
}
