import { randomUUID } from "node:crypto";
import { httpInstrumentationMiddleware } from "@hono/otel";
import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { ApiMetrics } from "../metrics/api.ts";
import { inCourseOf } from "../telemetry/log.ts";
import type { ApiEnv, ApiOptions } from "./context.ts";

/** Asked every few seconds by machines: a line for each would bury the others. */
const quiet = /^\/(healthz|readyz|metrics)$/;
const requestId = /^[\w-]{1,64}$/;

/** A span for each request, named by its route; part of the caller's trace where it names one. */
export const traceRequests = httpInstrumentationMiddleware({
  captureActiveRequests: false,
  spanNameFactory: (context) => `${context.req.method} ${routePath(context, -1)}`,
});

/**
 * Counts and logs each request, under an id that the answer carries and that a proxy may have given. Addresses are
 * logged without their query.
 */
export const observe = (metrics: ApiMetrics, { log }: Pick<ApiOptions, "log">) =>
  createMiddleware<ApiEnv>(async (context, next) => {
    const given = context.req.header("x-request-id");
    const id = given !== undefined && requestId.test(given) ? given : randomUUID();
    context.header("X-Request-Id", id);
    const start = performance.now();
    await inCourseOf({ requestId: id }, next);
    const seconds = (performance.now() - start) / 1_000;
    const { method, path } = context.req;
    const { status } = context.res;
    metrics.request({ method, route: routePath(context, -1), status, seconds });
    if (!quiet.test(path)) {
      log.info({ requestId: id, method, path, status, milliseconds: Math.round(seconds * 1_000) }, "request");
    }
  });
