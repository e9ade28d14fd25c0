import { setTimeout as sleep } from "node:timers/promises";
import { chromium as playwright } from "playwright-core";
import type { BrowserProvider } from "./contract.ts";
import { sessionService, type ServiceOptions } from "./service.ts";
import { unlessAborted } from "./unless-aborted.ts";

/**
 * Browsers of a service that speaks Browserbase's session API: the role `browser`, or Browserbase. Each session is
 * released through the API, however it ends: closing its connection ends it with some services only
 * (https://github.com/vercel-labs/agent-browser/issues/539).
 */
export function remoteBrowsers(options: ServiceOptions): BrowserProvider {
  const service = sessionService(options);
  return {
    async launch(signal, site) {
      const { connectUrl, leaving, release } = await service.lease(signal, site);
      try {
        const connecting = playwright.connectOverCDP(connectUrl, { timeout: 30_000 });
        // One that connects after the abort has nobody to close it.
        connecting.then(
          (late) => (signal.aborted ? late.close() : undefined),
          () => undefined,
        );
        const browser = await unlessAborted(connecting, signal);
        // Releases the session first: a connection that hangs must not keep it, and pages end with it.
        const end = async () => {
          await release();
          await Promise.race([browser.close(), sleep(2_000)]);
        };
        return { browser, leaving, close: once(end) };
      } catch (error) {
        await (signal.aborted ? void release() : release());
        signal.throwIfAborted();
        // oxlint-disable-next-line eslint/preserve-caught-error -- it holds the address, and that the session's secret
        throw new Error(
          `${options.baseURL} gave a browser that could not be connected to: ${withoutUrl(error, connectUrl)}`,
        );
      }
    },
  };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

/** The address of a session holds its secret. */
const withoutUrl = (error: unknown, url: string) =>
  (error instanceof Error ? error.message : String(error)).replaceAll(url, "its address");
