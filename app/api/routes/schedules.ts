import { createRoute, z } from "@hono/zod-openapi";
import { hasPersona } from "../../db/personas.ts";
import {
  createSchedule,
  createScheduleSchema,
  deleteSchedule,
  listSchedules,
  updateSchedule,
  updateScheduleSchema,
} from "../../schedule/schedules.ts";
import { withoutCredentials } from "../../without-credentials.ts";
import type { Api, ApiOptions } from "../context.ts";
import { noSuchPersona, Refusal } from "../errors.ts";
import { answerOf, bodyOf, refusal, scheduleSchema, sessionParams as params } from "../schemas.ts";

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

const notFound = { 404: refusal("There is no such schedule") };

const update = createRoute({
  method: "patch",
  path: "/api/schedules/{id}",
  summary: "Pause or resume a recurring session, or change what becomes of overlapping runs",
  description:
    "A schedule that is resumed is due at its next time; the runs that it missed are not made up for.",
  request: { params, body: bodyOf(updateScheduleSchema) },
  responses: {
    200: answerOf("The schedule", scheduleSchema),
    400: refusal("The input is wrong"),
    ...notFound,
  },
});

const remove = createRoute({
  method: "delete",
  path: "/api/schedules/{id}",
  summary: "Start the session no more; those that were started stay",
  request: { params },
  responses: { 204: { description: "It is gone" }, ...notFound },
});

const noSuchSchedule = () => new Refusal(404, "There is no such schedule.");

type Row = Awaited<ReturnType<typeof createSchedule>>;
const toAnswer = ({ orgId: _orgId, createdAt: _createdAt, nextRunAt, ...schedule }: Row) => ({
  ...schedule,
  url: withoutCredentials(schedule.url),
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

  api.openapi(update, async (context) => {
    const { id } = context.req.valid("param");
    const updated = await updateSchedule(db, context.var.principal.orgId, id, context.req.valid("json"));
    if (!updated) throw noSuchSchedule();
    return context.json(toAnswer(updated), 200);
  });

  api.openapi(remove, async (context) => {
    const { id } = context.req.valid("param");
    if (!(await deleteSchedule(db, context.var.principal.orgId, id))) throw noSuchSchedule();
    return context.body(null, 204);
  });
}
