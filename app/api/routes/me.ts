import { createRoute } from "@hono/zod-openapi";
import { findMe } from "../../db/users.ts";
import type { Api, ApiOptions } from "../context.ts";
import { answerOf, meSchema } from "../schemas.ts";

const me = createRoute({
  method: "get",
  path: "/api/me",
  summary: "Who is signed in, and what this installation offers",
  responses: { 200: answerOf("The signed-in user", meSchema) },
});

export function addMe(api: Api, { db, offer }: ApiOptions): void {
  api.openapi(me, async (context) =>
    context.json({ ...(await findMe(db, context.var.principal)), ...offer }, 200),
  );
}
