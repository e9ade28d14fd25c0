import { createRoute, z } from "@hono/zod-openapi";
import { createPersonaSchema } from "../../contract.ts";
import { createPersona, listPersonas } from "../../db/personas.ts";
import type { Api, ApiOptions } from "../context.ts";
import { answerOf, bodyOf, personaSchema, refusal } from "../schemas.ts";

const list = createRoute({
  method: "get",
  path: "/api/personas",
  summary: "The organization's personas, oldest first",
  responses: { 200: answerOf("All personas", z.array(personaSchema)) },
});

const create = createRoute({
  method: "post",
  path: "/api/personas",
  summary: "Add a persona",
  request: { body: bodyOf(createPersonaSchema) },
  responses: { 201: answerOf("The new persona", personaSchema), 400: refusal("The input is wrong") },
});

export function addPersonas(api: Api, { db }: ApiOptions): void {
  api.openapi(list, async (context) =>
    context.json(await listPersonas(db, context.var.principal.orgId), 200),
  );
  api.openapi(create, async (context) =>
    context.json(await createPersona(db, context.var.principal.orgId, context.req.valid("json")), 201),
  );
}
