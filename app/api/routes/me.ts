import { createRoute } from "@hono/zod-openapi";
import { findOrganization } from "../../db/organizations.ts";
import type { Api, ApiOptions } from "../context.ts";
import { answerOf, meSchema } from "../schemas.ts";

const me = createRoute({
  method: "get",
  path: "/api/me",
  summary: "Who is signed in, and what this installation offers",
  responses: { 200: answerOf("The signed-in user", meSchema) },
});

export function addMe(api: Api, { db, offer, signIn }: ApiOptions): void {
  api.openapi(me, async (context) => {
    const { orgId, userId, name } = context.var.principal;
    const organization = await findOrganization(db, orgId);
    const canSignOut = signIn !== undefined && userId !== null;
    return context.json({ user: { name }, organization, canSignOut, ...offer }, 200);
  });
}
