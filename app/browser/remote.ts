import { setTimeout as sleep } from "node:timers/promises";
import { APIError, Browserbase } from "@browserbasehq/sdk";
import { chromium as playwright } from "playwright-core";
import type { BrowserProvider, LaunchedBrowser } from "./contract.ts";
import { unlessAborted } from "./unless-aborted.ts";

type Parameters = Browserbase.SessionCreateParams;

export interface RemoteOptions {
  /** Where the API is served. */
  readonly baseURL: string;
  /** Sent as `X-BB-API-Key`. */
  readonly apiKey: string;
  /** Named in each request, where the service knows projects. */
  readonly projectId?: string | undefined;
  /** What else a session for a site is asked for. @throws when the site is none that may be visited. */
  readonly parametersFor?: (site: string) => Promise<Parameters>;
  /** After which the service ends a session that we did not, because this process was killed. Seconds, at least 60. */
  readonly maxSeconds: number;
  /** Hears of a session that could not be released: it runs, and costs, until its time is over. */
  readonly warn: (message: string) => void;
}

/** When an answer does not say. Seconds. */
const defaultPause = 5;
const longestPause = 30;
const releaseTimeout = 15_000;

/**
 * Browsers of a service that speaks Browserbase's session API: the role `browser`, or Browserbase. Each session is
 * released through the API, however it ends: closing its connection ends it with some services only
 * (https://github.com/vercel-labs/agent-browser/issues/539).
 */
export function remoteBrowsers({
  baseURL,
  apiKey,
  projectId,
  parametersFor,
  maxSeconds,
  warn,
}: RemoteOptions): BrowserProvider {
  const project = projectId === undefined ? {} : { projectId };
  // It would wait on its own, and not hear of an abort.
  const { sessions } = new Browserbase({ baseURL, apiKey, maxRetries: 0, timeout: 60_000 });

  const release = async (id: string) => {
    const options = { maxRetries: 2, timeout: releaseTimeout };
    try {
      await sessions.update(id, { status: "REQUEST_RELEASE", ...project }, options);
    } catch (error) {
      warn(`The browser session ${id} could not be released: ${reasonOf(error)}`);
    }
  };

  /** Waits while the service has no place, for as long as the signal lets it. */
  const create = async (signal: AbortSignal, site: string): Promise<Browserbase.SessionCreateResponse> => {
    const own = await parametersFor?.(site);
    const wanted = { ...project, keepAlive: false, api_timeout: maxSeconds, ...own };
    for (;;) {
      // Not aborted itself: it may have made a session by then, whose id only the answer tells.
      const creating = sessions.create(wanted);
      try {
        return await unlessAborted(creating, signal);
      } catch (error) {
        if (signal.aborted) {
          void creating.then(
            ({ id }) => release(id),
            () => undefined,
          );
          throw signal.reason;
        }
        const pause = pauseOf(error);
        if (pause === undefined)
          throw new Error(`${baseURL} gave no browser: ${reasonOf(error)}`, { cause: error });
        await sleep(pause * 1_000, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  };

  return {
    async launch(signal, site) {
      const { id, connectUrl } = await create(signal, site);
      try {
        const connecting = playwright.connectOverCDP(connectUrl, { timeout: 30_000 });
        // One that connects after the abort has nobody to close it.
        connecting.then(
          (late) => (signal.aborted ? late.close() : undefined),
          () => undefined,
        );
        const browser = await unlessAborted(connecting, signal);
        return { browser, close: once(() => end({ browser, close: () => release(id) })) };
      } catch (error) {
        await (signal.aborted ? void release(id) : release(id));
        signal.throwIfAborted();
        // oxlint-disable-next-line eslint/preserve-caught-error -- it holds the address, and that the session's secret
        throw new Error(
          `${baseURL} gave a browser that could not be connected to: ${withoutUrl(error, connectUrl)}`,
        );
      }
    },
  };
}

/** Releases the session first: a connection that hangs must not keep it, and pages end with it. */
async function end({ browser, close }: LaunchedBrowser): Promise<void> {
  try {
    await close();
  } finally {
    await Promise.race([browser.close(), sleep(2_000)]);
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
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

/** The address of a session holds its secret. */
const withoutUrl = (error: unknown, url: string) =>
  (error instanceof Error ? error.message : String(error)).replaceAll(url, "its address");
