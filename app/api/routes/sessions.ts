import { createRoute, z } from "@hono/zod-openapi";
import { createSessionSchema } from "../../contract.ts";
import { hasPersona } from "../../db/personas.ts";
import {
  cancelSession,
  createSession,
  deleteSession,
  findSession,
  listFindings,
  listSessions,
} from "../../db/sessions.ts";
import { sessionPrefix } from "../../storage/contract.ts";
import type { Api, ApiOptions } from "../context.ts";
import { noSuchPersona, noSuchSession, Refusal } from "../errors.ts";
import { answerOf, bodyOf, findingSchema, refusal, sessionParams, sessionSchema } from "../schemas.ts";

const notFound = { 404: refusal("There is no such session") };

const list = createRoute({
  method: "get",
  path: "/api/sessions",
  summary: "The organization's newest sessions, newest first",
  request: { query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(100) }) },
  responses: { 200: answerOf("Sessions", z.array(sessionSchema)), 400: refusal("The input is wrong") },
});

const create = createRoute({
  method: "post",
  path: "/api/sessions",
  summary: "Start a session",
  description:
    "With an `Idempotency-Key`, asking again answers with the session that the first request started.",
  request: {
    headers: z.object({ "idempotency-key": z.string().min(1).max(200).optional() }),
    body: bodyOf(createSessionSchema),
  },
  responses: {
    201: answerOf("The new session", sessionSchema),
    200: answerOf("The session that an earlier request with this key started", sessionSchema),
    400: refusal("The input is wrong"),
    409: refusal("The key has been used with another input"),
  },
});

const get = createRoute({
  method: "get",
  path: "/api/sessions/{id}",
  summary: "One session",
  request: { params: sessionParams },
  responses: { 200: answerOf("The session", sessionSchema), ...notFound },
});

const getFindings = createRoute({
  method: "get",
  path: "/api/sessions/{id}/findings",
  summary: "A session's findings, the most severe first",
  request: { params: sessionParams },
  responses: { 200: answerOf("Findings", z.array(findingSchema)), ...notFound },
});

const cancel = createRoute({
  method: "post",
  path: "/api/sessions/{id}/cancel",
  summary: "End a session that waits or runs; one that has ended stays as it is",
  request: { params: sessionParams },
  responses: { 200: answerOf("The session", sessionSchema), ...notFound },
});

const remove = createRoute({
  method: "delete",
  path: "/api/sessions/{id}",
  summary: "Remove a session with its events, findings and screenshots; a running one ends",
  request: { params: sessionParams },
  responses: { 204: { description: "It is gone" }, ...notFound },
});

export function addSessions(api: Api, { db, queue, announcements, storage }: ApiOptions): void {
  const find = async (orgId: string, id: string) => {
    const session = await findSession(db, orgId, id);
    if (!session) throw noSuchSession();
    return session;
  };

  const end = async (orgId: string, sessionId: string, reason: string) => {
    const seq = await cancelSession(db, orgId, sessionId, reason);
    if (seq !== undefined) await announcements.publish({ sessionId, seq });
  };

  api.openapi(list, async (context) =>
    context.json(await listSessions(db, context.var.principal.orgId, context.req.valid("query").limit), 200),
  );

  api.openapi(create, async (context) => {
    const { orgId } = context.var.principal;
    const input = context.req.valid("json");
    if (!(await hasPersona(db, orgId, input.personaId))) throw noSuchPersona();
    const key = context.req.valid("header")["idempotency-key"];
    const { id, isNew, isSame } = await createSession(db, orgId, input, key);
    if (!isSame) throw new Refusal(409, `The Idempotency-Key has started session ${id}, with another input.`);
    await queue.add({ orgId, sessionId: id });
    return context.json(await find(orgId, id), isNew ? 201 : 200);
  });

  api.openapi(get, async (context) =>
    context.json(await find(context.var.principal.orgId, context.req.valid("param").id), 200),
  );

  api.openapi(getFindings, async (context) => {
    const { orgId } = context.var.principal;
    const { id } = await find(orgId, context.req.valid("param").id);
    return context.json(await listFindings(db, orgId, id), 200);
  });

  api.openapi(cancel, async (context) => {
    const { orgId } = context.var.principal;
    const { id } = await find(orgId, context.req.valid("param").id);
    await end(orgId, id, "Cancelled by a user.");
    return context.json(await find(orgId, id), 200);
  });

  api.openapi(remove, async (context) => {
    const { orgId } = context.var.principal;
    const { id } = await find(orgId, context.req.valid("param").id);
    await end(orgId, id, "Deleted by a user.");
    // Pictures first: should that fail, the session is still there to be deleted again. And once more after it: a worker
    // that was storing one finds no session from here on, and removes its own.
    await storage.removeAll(sessionPrefix({ orgId, sessionId: id }));
    await deleteSession(db, orgId, id);
    await storage.removeAll(sessionPrefix({ orgId, sessionId: id }));
    return context.body(null, 204);
  });
}
