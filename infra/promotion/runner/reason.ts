import { AccessError } from "../../contracts/access.ts";
import { withoutSecrets } from "../ledger/without-secrets.ts";

/** An error and what it comes of, in one line for people, without secrets. */
export const reasonOf = (error: unknown): string =>
  withoutSecrets(
    chain(error)
      .map((each) => (each instanceof Error ? each.message || each.name : String(each)))
      .filter((text, index, all) => !all.slice(0, index).some((before) => before.includes(text)))
      .join(": "),
  );

/**
 * System errors and SQLSTATEs that tell of a connection, or of somebody who had the same tables locked in another order,
 * and not of what was asked: it may go well the next time.
 */
const ofConnections = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "57P01",
  "57P02",
  "57P03",
  "40P01",
]);
/** What `pg` says without a code. */
const said =
  /connection terminated|connection error|connection timeout|timeout (expired|exceeded)|query read timeout|socket hang up/i;

/** Whether something failed by its connection or a deadlock, so that it may be tried again. */
export const isOfConnection = (error: unknown): boolean =>
  chain(error).some((each) => {
    const { code, message } = each as { code?: unknown; message?: unknown };
    if (typeof code === "string" && (ofConnections.has(code) || /^08...$/.test(code))) return true;
    return typeof message === "string" && said.test(message);
  });

/** Whether a side could not be reached, by its stack or by its address. */
export const isOutOfReach = (error: unknown): boolean =>
  error instanceof AccessError || isOfConnection(error);

function chain(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [error];
  const inner = error instanceof AggregateError ? error.errors : [];
  return [error, ...inner, ...(error.cause === undefined ? [] : [error.cause])].flatMap((each) =>
    each === error ? [each] : chain(each),
  );
}
