import { AsyncLocalStorage } from "node:async_hooks";
import { isSpanContextValid, trace } from "@opentelemetry/api";
import { pino, type DestinationStream, type Logger } from "pino";
import type { Env, Role } from "../env.ts";
import { withoutCredentials } from "../without-credentials.ts";
import { whatItSays } from "./error.ts";

/** What every line says that is written in the course of one request, or of one attempt of a session. */
interface Course {
  readonly requestId?: string;
  readonly sessionId?: string;
  readonly attempt?: number;
}

const course = new AsyncLocalStorage<Course>();

/** Does something, all lines of which say what it belongs to. */
export const inCourseOf = <T>(what: Course, work: () => T): T =>
  course.run({ ...course.getStore(), ...what }, work);

/**
 * The log of a role, a JSON object a line. A line says which request, session and trace it belongs to. Of errors it says
 * no more than a reader needs, and addresses lose their credentials: see `whatItSays`.
 *
 * @param destination Default: the standard output.
 */
export const createLog = (
  role: Role,
  level: Env<"all">["LOG_LEVEL"] = "info",
  destination?: DestinationStream,
): Logger =>
  pino(
    {
      level,
      base: { role },
      mixin: () => ({ ...course.getStore(), ...traceInCourse() }),
      serializers: { err: whatItSays },
      hooks: { streamWrite: withoutCredentials },
    },
    destination ?? pino.destination(1),
  );

function traceInCourse(): { readonly traceId?: string } {
  const active = trace.getActiveSpan()?.spanContext();
  return active && isSpanContextValid(active) ? { traceId: active.traceId } : {};
}
