import type { HttpBindings } from "@hono/node-server";
import { createRoute, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { clientAddressHeader } from "../../auth/auth.ts";
import { BootstrapRefused } from "../../auth/bootstrap.ts";
import type { SignIn } from "../../auth/sign-in.ts";
import { bootstrapSchema, type ApiError } from "../../contract.ts";
import type { Api, ApiContext, ApiEnv } from "../context.ts";
import { Refusal } from "../errors.ts";
import { answerOf, bodyOf, refusal } from "../schemas.ts";

/** Of better-auth's routes those that the page and programs need; the others stay closed. */
const forAnybody = ["/api/auth/sign-in/email", "/api/auth/sign-out"] as const;
const forMembers = [
  "/api/auth/api-key/create",
  "/api/auth/api-key/list",
  "/api/auth/api-key/delete",
  "/api/auth/change-password",
] as const;

const getSetup = createRoute({
  method: "get",
  path: "/api/setup",
  summary: "Whether the installation waits for its first owner",
  responses: { 200: answerOf("The state", z.object({ needsOwner: z.boolean() })) },
});

const setUp = createRoute({
  method: "post",
  path: "/api/setup",
  summary: "Make the first owner, with the one-time token that the API logged or was given",
  request: { body: bodyOf(bootstrapSchema) },
  responses: {
    204: { description: "The owner can sign in" },
    400: refusal("The input is wrong"),
    403: refusal("The token is wrong, or there is an owner"),
  },
});

/**
 * What somebody who is not signed in may ask for.
 *
 * @param hold keeps what writes from being done while the installation is being moved.
 */
export function addSignIn(api: Api, signIn: SignIn, hold: MiddlewareHandler<ApiEnv>): void {
  for (const path of ["/api/setup", ...forAnybody]) api.use(path, hold);
  api.openapi(getSetup, async (context) => context.json({ needsOwner: !(await signIn.hasOwner()) }, 200));

  api.openapi(setUp, async (context) => {
    try {
      await signIn.makeOwner(context.req.valid("json"));
    } catch (error) {
      if (error instanceof BootstrapRefused) throw new Refusal(403, error.message);
      throw error;
    }
    return context.body(null, 204);
  });

  for (const path of forAnybody) api.post(path, (context) => answer(context, signIn));
}

export function addKeys(api: Api, signIn: SignIn): void {
  for (const path of forMembers) api.on(["GET", "POST"], path, (context) => answer(context, signIn));
}

async function answer(context: ApiContext, signIn: SignIn): Promise<Response> {
  const headers = new Headers(context.req.raw.headers);
  headers.set(clientAddressHeader, clientAddress(context, signIn));
  const response = await signIn.handle(new Request(context.req.raw, { headers }));
  return response.ok ? response : inOurWords(response);
}

/** What the nearest proxy says; without one, who is at the other end of the connection. */
function clientAddress({ req, env }: ApiContext, { clientIpHeader }: SignIn): string {
  const { incoming } = env as Partial<HttpBindings>;
  const forwarded = req.header(clientIpHeader)?.split(",").at(-1)?.trim();
  return forwarded || incoming?.socket.remoteAddress || "127.0.0.1";
}

async function inOurWords(response: Response): Promise<Response> {
  const said = (await response.json().catch(() => ({}))) as { code?: string; message?: string };
  const retryAfter = response.headers.get("x-retry-after");
  const message =
    response.status === 429
      ? `Too many tries; wait ${retryAfter ?? "a few"} seconds.`
      : (said.message ?? "That was refused.");
  const body: ApiError = { error: { code: (said.code ?? "refused").toLowerCase(), message } };
  return Response.json(body, {
    status: response.status,
    headers: retryAfter === null ? {} : { "retry-after": retryAfter },
  });
}
