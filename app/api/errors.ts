import type { Hook } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Logger } from "pino";
import type { ApiError } from "../contract.ts";
import { isRefused } from "../db/gate.ts";
import type { ApiContext, ApiEnv } from "./context.ts";

const codes = {
  400: "invalid_input",
  401: "not_signed_in",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  413: "too_large",
  503: "moving",
} as const;
type Status = keyof typeof codes;

/** Thrown by a route, answered as an `ApiError`. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: Status;
  readonly issues: ApiError["error"]["issues"];
  /** Seconds after which it is worth asking again. */
  readonly retryAfter?: number;

  constructor(status: Status, message: string, issues?: ApiError["error"]["issues"]) {
    super(message);
    this.status = status;
    this.issues = issues;
  }
}

/** Nothing can be changed while the installation is being moved, or has been. */
export class Moving extends Refusal {
  override readonly retryAfter: number;

  constructor(retryAfter: number, movedTo: string | null = null) {
    super(
      503,
      movedTo === null
        ? "TestFarm is being moved; nothing can be changed until that is done. Try again soon."
        : `TestFarm has moved to ${movedTo}; nothing can be changed here any more.`,
    );
    this.retryAfter = retryAfter;
  }
}

export const noSuchSession = () => new Refusal(404, "There is no such session.");
export const noSuchPersona = () =>
  new Refusal(400, "There is no such persona.", [
    { path: "personaId", message: "names no persona of this organization" },
  ]);

export const answerRefusal = (context: ApiContext, { status, message, issues, retryAfter }: Refusal) =>
  context.json<ApiError>(
    { error: { code: codes[status], message, ...(issues && { issues }) } },
    status,
    retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) },
  );

/** Input that does not fit a route's schema is answered field by field. */
export const answerInvalid: Hook<unknown, ApiEnv, string, Response | undefined> = (result, context) => {
  if (result.success) return undefined;
  // An address that cannot name anything names nothing.
  if (result.target === "param")
    return answerRefusal(context, new Refusal(404, "There is nothing at this address."));
  const issues = result.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  return answerRefusal(context, new Refusal(400, "The input is not as it must be.", issues));
};

/** Every other error: its cause goes to the log, not to the client. */
export const answerError = (log: Logger) => (error: Error, context: ApiContext) => {
  if (error instanceof Refusal) return answerRefusal(context, error);
  // The gate was closed after the request had passed it.
  if (isRefused(error)) return answerRefusal(context, new Moving(1));
  if (error instanceof HTTPException && error.status < 500) {
    const { status, message } = error;
    return context.json<ApiError>({ error: { code: "refused", message } }, status as ContentfulStatusCode);
  }
  log.error({ err: error, method: context.req.method, path: context.req.path }, "request failed");
  const message = "Something went wrong on our side; the log has the cause.";
  return context.json<ApiError>({ error: { code: "internal", message } }, 500);
};
