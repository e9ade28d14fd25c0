import { setTimeout as sleep } from "node:timers/promises";
import { APIConnectionError, APIError, Browserbase } from "@browserbasehq/sdk";
import { every } from "../every.ts";
import { unlessAborted } from "./unless-aborted.ts";

type Parameters = Browserbase.SessionCreateParams;

export interface ServiceOptions {
  /** Where the API is served. */
  readonly baseURL: string;
  /** Sent as `X-BB-API-Key`. */
  readonly apiKey: string;
  /** Named in each request, where the service knows projects. */
  readonly projectId?: string | undefined;
  /** What else a session for a site is asked for. @throws when the site is none that may be visited. */
  readonly parametersFor?: (site: string) => Promise<Parameters>;
  /**
   * Where the service is at this moment: its processes, each with places of its own, in the order in which they are to be
   * asked. Default: `baseURL` alone.
   */
  readonly processes?: () => Promise<readonly string[]>;
  /** How often a session is looked at, to see whether its machine goes. Milliseconds. Default: never. */
  readonly lookInterval?: number;
  /** After which the service ends a session that we did not, because this process was killed. Seconds, at least 60. */
  readonly maxSeconds: number;
  /** Hears of a session that could not be released: it runs, and costs, until its time is over. */
  readonly warn: (message: string) => void;
}

/** A session of the service that is ours until it is released. */
export interface Lease {
  readonly connectUrl: string;
  /** Aborts once the service has brought the session's end forward: its machine goes. */
  readonly leaving: AbortSignal;
  /** Ends the session; whoever calls it again waits for the same. */
  release(): Promise<void>;
}

/** When an answer does not say. Seconds. */
const defaultPause = 5;
const longestPause = 30;
const timeouts = { create: 60_000, release: 15_000, look: 5_000 };

/** A service that speaks Browserbase's session API. */
export function sessionService({
  baseURL,
  apiKey,
  projectId,
  parametersFor,
  processes = () => Promise.resolve([baseURL]),
  lookInterval,
  maxSeconds,
  warn,
}: ServiceOptions) {
  const project = projectId === undefined ? {} : { projectId };

  /** What one process is asked. It would try again on its own, and not hear of an abort. */
  const at = (url: string) => new Browserbase({ baseURL: url, apiKey, maxRetries: 0 }).sessions;
  type Process = ReturnType<typeof at>;

  const release = async (process: Process, id: string) => {
    const options = { maxRetries: 2, timeout: timeouts.release };
    try {
      await process.update(id, { status: "REQUEST_RELEASE", ...project }, options);
    } catch (error) {
      warn(`The browser session ${id} could not be released: ${reasonOf(error)}`);
    }
  };

  const create = async (
    process: Process,
    wanted: Parameters,
    headers: Record<string, string>,
    signal: AbortSignal,
  ) => {
    // Not aborted itself: it may have made a session by then, whose id only the answer tells.
    const creating = process.create(wanted, { headers, timeout: timeouts.create });
    try {
      return await unlessAborted(creating, signal);
    } catch (error) {
      if (signal.aborted) {
        void creating.then(
          ({ id }) => release(process, id),
          () => undefined,
        );
      }
      throw error;
    }
  };

  const lease = (
    process: Process,
    { id, connectUrl, expiresAt }: Browserbase.SessionCreateResponse,
  ): Lease => {
    const leaving = new AbortController();
    const look = async () => {
      const now = await process.retrieve(id, { timeout: timeouts.look });
      if (Date.parse(now.expiresAt) < Date.parse(expiresAt)) leaving.abort();
    };
    // A browser that dies without a word is noticed by whoever uses it.
    const looking = lookInterval === undefined ? undefined : every(lookInterval, look, () => undefined);
    let released: Promise<void> | undefined;
    return {
      connectUrl,
      leaving: leaving.signal,
      release() {
        void looking?.close();
        return (released ??= release(process, id));
      },
    };
  };

  const refusal = (error: unknown) =>
    new Error(`${baseURL} gave no browser: ${reasonOf(error)}`, { cause: error });

  /** @throws the signal's reason when that aborts. */
  const findProcesses = async (signal: AbortSignal) => {
    try {
      return await unlessAborted(processes(), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw refusal(error);
    }
  };

  return {
    /**
     * Waits while no process has a place, for as long as the signal lets it. Of several each is asked once, and is to
     * answer at once: while one lets us wait, another one can have a place. Then all of them are looked for anew.
     */
    async lease(signal: AbortSignal, site: string): Promise<Lease> {
      const wanted = {
        ...project,
        keepAlive: false,
        api_timeout: maxSeconds,
        ...(await parametersFor?.(site)),
      };
      for (;;) {
        const found = (await findProcesses(signal)).map(at);
        const headers: Record<string, string> = found.length > 1 ? { Prefer: "wait=0" } : {};
        const pauses: number[] = [];
        let failure: unknown = new Error("Its name has no address.");
        for (const process of found) {
          try {
            return lease(process, await create(process, wanted, headers, signal));
          } catch (error) {
            signal.throwIfAborted();
            const pause = pauseOf(error);
            if (pause !== undefined) pauses.push(pause);
            else if (error instanceof APIConnectionError) failure = error;
            else throw refusal(error);
          }
        }
        if (pauses.length === 0) throw refusal(failure);
        const pause = Math.min(...pauses) * 1_000;
        await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    },
  };
}

/** Seconds to wait before asking again; `undefined` when that would not help. */
function pauseOf(error: unknown): number | undefined {
  if (!(error instanceof APIError) || (error.status !== 429 && error.status !== 503)) return undefined;
  const after = Number(error.headers?.["retry-after"] ?? defaultPause);
  return Number.isFinite(after) ? Math.min(Math.max(after, 0), longestPause) : defaultPause;
}

/** What the service said, or why it said nothing: the client itself says "Connection error." */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said =
    error instanceof APIError ? (error.error as { message?: string } | undefined)?.message : undefined;
  const causes = [error.cause, (error.cause as Error | undefined)?.cause].filter(
    (each) => each instanceof Error,
  );
  const code = causes.map((each) => (each as NodeJS.ErrnoException).code).find(Boolean);
  return [said ?? error.message, ...(code === undefined ? [] : [`(${code})`])].join(" ");
}
