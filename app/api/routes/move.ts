import { createRoute } from "@hono/zod-openapi";
import { isOpen } from "../../promotion/gate.ts";
import type { Api, ApiOptions } from "../context.ts";
import { answerOf, moveSchema } from "../schemas.ts";

const move = createRoute({
  method: "get",
  path: "/api/move",
  summary: "Whether the installation is being moved to another place, or has been",
  responses: { 200: answerOf("The state", moveSchema) },
});

/** For who is not signed in too: they are to know where that is possible. */
export function addMove(api: Api, { gate }: Pick<ApiOptions, "gate">): void {
  api.openapi(move, async (context) => {
    const now = gate.now();
    const { movedTo } = now;
    return context.json({ isMoving: !isOpen(now) && movedTo === null, movedTo }, 200);
  });
}
