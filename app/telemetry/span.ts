import type { ReadableSpan } from "@opentelemetry/sdk-trace-node";

/** What a queue that waits for work says every few seconds; no session is in it. */
const idle = /^(getNextJob|extendLocks|moveStalledJobsToWait|startStalledCheckTimer)\b/;

export const isWorthSending = ({ name }: Pick<ReadableSpan, "name">): boolean => !idle.test(name);

/** Attributes of libraries that hold a number, or a name of ours. Those of this program begin with `testfarm.`. */
const sent: ReadonlySet<string> = new Set([
  "http.request.method",
  "http.response.status_code",
  "http.route",
  "bullmq.queue.name",
  "bullmq.queue.operation",
  "bullmq.job.id",
  "bullmq.job.name",
  "bullmq.job.attempts.made",
  "bullmq.worker.id",
]);

/**
 * A span as it may leave the process: libraries also put whole addresses and the messages of errors into theirs, and
 * those can hold anything. Of an error its kind stays.
 */
export function withoutSecrets(span: ReadableSpan): ReadableSpan {
  const type = span.events.findLast(({ name }) => name === "exception")?.attributes?.["exception.type"];
  const attributes = Object.fromEntries(
    Object.entries(span.attributes).filter(([name]) => sent.has(name) || name.startsWith("testfarm.")),
  );
  return Object.create(span, {
    attributes: { value: { ...attributes, ...(type !== undefined && { "error.type": type }) } },
    events: { value: [] },
    status: { value: { code: span.status.code } },
  }) as ReadableSpan;
}
