/** Speaks HTTP with a vendor: credentials, retries, messages. */
import ky, { HTTPError, type KyInstance, TimeoutError } from "ky";
import { blacken } from "../wire.ts";
import type { Request, Vendor } from "./kind.ts";

/** A vendor has refused something, or did not answer. */
export class VendorError extends Error {
  override readonly name = "VendorError";
  /** HTTP's, or what the vendor's own answer amounts to; 0 when nothing is known of what became of the request. */
  readonly status: number;

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export interface Api {
  readonly vendor: Vendor;
  /** Milliseconds between two looks at something that is not ready, at first. */
  readonly interval: number;
  /** @throws {VendorError} */
  send<Answer>(request: Request<Answer>, signal: AbortSignal): Promise<Answer>;
}

export interface ApiOptions {
  readonly credentials: Readonly<Record<string, string>>;
  /** Scheme and host that take the place of the vendor's own: a gateway, a server of a test. */
  readonly endpoint?: string;
  /** Milliseconds; the first pause before a request is sent again, and between two looks. Default 1,000. */
  readonly interval?: number;
}

/** Of these the vendor says itself that it has done nothing. */
const refusedForNow = [423, 429];
const failures = [408, 500, 502, 503, 504];
const attempts = 5;
/** Milliseconds: no vendor's rate limit is longer, and whoever waits should be able to tell it from a hang. */
const longestPause = 60_000;
/** Milliseconds that an answer may take. */
const patience = 60_000;

export function openApi(vendor: Vendor, { credentials, endpoint, interval = 1_000 }: ApiOptions): Api {
  const clean = (text: string) => blacken(text, Object.values(credentials));
  const client: KyInstance = ky.create({
    headers: { ...vendor.headers(vendor.credentials.parse(credentials)), "user-agent": "testfarm" },
    timeout: patience,
    redirect: "error",
    hooks: { afterResponse: [(_, __, response) => asTold(vendor, response)] },
  });

  async function send<Answer>(request: Request<Answer>, signal: AbortSignal): Promise<Answer> {
    const { method, path, query, headers, body, origin, isRepeatable = method !== "POST" } = request;
    const statusCodes = isRepeatable ? [...refusedForNow, ...failures] : refusedForNow;
    const call = request.name ?? `${method} ${path}`;
    const refused = (status: number, said: unknown) => {
      const message = vendor.messageIn(said) ?? "";
      const advice = vendor.advice({ status, message });
      const text = `${vendor.title} answered ${call} with ${status}${message && `: ${message.replace(/\.$/, "")}`}`;
      // Without the cause, which holds the request with its headers.
      return new VendorError(clean([text, advice].filter(Boolean).join(". ")), status);
    };
    // Of its own: an answer that nobody waits for any more is not to hear of a later cancellation.
    const ending = new AbortController();
    const end = () => ending.abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    try {
      signal.throwIfAborted();
      const response = await client(path.slice(1), {
        method,
        prefixUrl: endpoint ?? origin ?? vendor.origin,
        ...(query && { searchParams: { ...query } }),
        ...(headers && { headers: { ...headers } }),
        ...(body instanceof Blob ? { body } : body !== undefined && { json: body }),
        signal: ending.signal,
        retry: {
          limit: attempts - 1,
          methods: [method.toLowerCase() as "get"],
          statusCodes,
          afterStatusCodes: statusCodes,
          maxRetryAfter: longestPause,
          delay: (count) => Math.min(interval * 2 ** (count - 1), longestPause),
          shouldRetry: ({ error }) => (error instanceof HTTPError ? undefined : isRepeatable),
        },
      });
      return parsed(await response.text()) as Answer;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HTTPError)
        throw refused(error.response.status, parsed(await error.response.text()));
      const reason =
        error instanceof TimeoutError ? `within ${patience / 1_000} s` : reasonOf(error as Error);
      throw new VendorError(clean(`${vendor.title} did not answer ${call}: ${reason}`), 0);
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  return { vendor, interval, send };
}

/** With the status that the answer amounts to, so that it is sent again, or not, like any other. */
async function asTold({ refusalIn }: Vendor, response: Response): Promise<Response | undefined> {
  if (refusalIn === undefined || !response.ok) return undefined;
  const text = await response.text();
  const refusal = refusalIn(parsed(text));
  return refusal && new Response(text, { status: refusal.status, headers: response.headers });
}

/** Not the error itself: it holds the request with its headers. */
const reasonOf = ({ message, cause }: Error): string =>
  cause instanceof Error ? `${message} (${cause.message})` : message;

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
