import { context, SpanStatusCode, trace, type Attributes, type Span } from "@opentelemetry/api";
import type { Begun } from "../db/attempts.ts";
import type { AttemptEnd, Part, WorkerMetrics } from "../metrics/worker.ts";
import { HandOver } from "../queue/contract.ts";
import type { SessionOptions } from "../session/run.ts";
import { inCourseOf } from "../telemetry/log.ts";

/** What a session works with; in between it does what the time is measured of. */
type Tools = Pick<SessionOptions, "agent" | "browsers" | "record">;

/** The same tools, watched. */
export type Watch = (tools: Tools) => Tools;

const tracer = trace.getTracer("testfarm");
const within = (span: Span) => trace.setSpan(context.active(), span);

/**
 * Runs an attempt with a span of its own, and in it one for each step with its parts, all of which are counted too. What
 * is logged in its course names the session.
 *
 * @param run what the attempt does, with the tools that it is given back. @returns how it ended.
 */
export async function watchAttempt(
  { sessionId, attempt, lease }: Pick<Begun, "sessionId" | "attempt" | "lease">,
  metrics: WorkerMetrics,
  run: (watch: Watch) => Promise<AttemptEnd>,
): Promise<void> {
  const attributes = {
    "testfarm.session.id": sessionId,
    "testfarm.session.attempt": attempt,
    "testfarm.session.lease": lease,
  };
  await tracer.startActiveSpan("attempt", { attributes }, async (span) => {
    const ended = metrics.attempt();
    const steps = watchSteps(span, metrics);
    let end: AttemptEnd = "error";
    try {
      end = await inCourseOf({ sessionId, attempt }, () => run(steps.watch));
    } catch (error) {
      if (error instanceof HandOver) end = "handed_over";
      throw error;
    } finally {
      steps.end();
      span.setAttribute("testfarm.attempt.end", end);
      if (end === "error") span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
      ended(end);
    }
  });
}

/** Each part of a step begins where the one before it ended. */
function watchSteps(attempt: Span, metrics: WorkerMetrics): { readonly watch: Watch; end(): void } {
  let since = performance.now();
  let step: Span | undefined;

  const end = () => {
    step?.end(since);
    step = undefined;
  };
  const beginPart = (part: Part, of: Span) => tracer.startSpan(part, { startTime: since }, within(of));
  const endPart = (part: Part, of: Span, attributes: Attributes = {}, span = beginPart(part, of)) => {
    const now = performance.now();
    span.setAttributes(attributes).end(now);
    metrics.part(part, (now - since) / 1_000);
    since = now;
  };
  const inStep = () => (step ??= tracer.startSpan("step", { startTime: since }, within(attempt)));

  const watch: Watch = ({ agent, browsers, record }) => ({
    browsers: {
      async launch(signal, site) {
        since = performance.now();
        const launched = await browsers.launch(signal, site);
        endPart("browser", attempt);
        return launched;
      },
    },
    agent: {
      async decide(observation, signal) {
        inStep().setAttribute("testfarm.step", observation.step);
        endPart("look", inStep());
        const thinking = beginPart("think", inStep());
        let attributes: Attributes = { "testfarm.decision": "none" };
        try {
          // The model's client has spans of its own for its requests.
          const decision = await context.with(within(thinking), () => agent.decide(observation, signal));
          const { kind, tokens } = decision;
          attributes = {
            "testfarm.decision": kind,
            ...(tokens !== undefined && { "testfarm.tokens": tokens }),
          };
          metrics.tokens(tokens ?? 0);
          return decision;
        } finally {
          endPart("think", inStep(), attributes, thinking);
        }
      },
    },
    async record(report) {
      // What the inspectors have found comes between two steps, and belongs to the look at the page.
      if (report.type === "finding") return record(report);
      inStep().setAttribute("testfarm.step", report.step);
      endPart("act", inStep(), {
        "testfarm.action": report.action.kind,
        "testfarm.action.failed": report.error !== null,
      });
      await record(report);
      endPart("record", inStep());
      end();
    },
  });
  return { watch, end };
}
