import { DrizzleQueryError } from "drizzle-orm/errors";
import { withoutCredentials } from "../without-credentials.ts";

/**
 * What a log may say of an error. Libraries hang on it what they were given: ioredis the command with the password in it,
 * drizzle the values of a query, an HTTP client its headers. So nothing is taken but what is named here.
 */
interface Said {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  /** The calls, without the message that V8 puts before them. */
  readonly stack?: string;
  readonly cause?: Said;
}

export function whatItSays(error: unknown): Said {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutCredentials(String(error)) };
  const { code } = error as { code?: unknown };
  const cause = error instanceof AggregateError ? error.errors[0] : error.cause;
  const calls = error.stack?.split("\n").filter((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line)) ?? [];
  return {
    type: error.name,
    message: messageOf(error),
    ...((typeof code === "string" || typeof code === "number") && { code: String(code) }),
    ...(calls.length > 0 && { stack: withoutCredentials(calls.join("\n")) }),
    ...(cause !== undefined && { cause: whatItSays(cause) }),
  };
}

/** Its message, without the values of a query and without the credentials of an address. */
export function messageOf(error: Error): string {
  if (!(error instanceof DrizzleQueryError)) return withoutCredentials(error.message);
  return error.cause === undefined ? "A query failed." : `A query failed: ${messageOf(error.cause)}`;
}

/** The same as lines for a terminal. */
export function describeError(error: unknown): string {
  const lines = ({ type, message, code, stack, cause }: Said): string[] => [
    `${type}: ${message}${code === undefined ? "" : ` (${code})`}`,
    ...(stack === undefined ? [] : [stack]),
    ...(cause === undefined ? [] : ["caused by", ...lines(cause)]),
  ];
  return lines(whatItSays(error)).join("\n");
}
