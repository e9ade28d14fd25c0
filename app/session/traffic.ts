import { setTimeout as sleep } from "node:timers/promises";
import type { BrowserContext, Request } from "playwright-core";

/** Streams stay open for as long as the page does, and media load for as long as they play. */
const endless = new Set(["eventsource", "websocket", "media", "ping", "other"]);

const quietMilliseconds = 250;
/** A page that never falls silent (polling, animation) is looked at as it is. */
const longestWait = { page: 4_000, navigation: 20_000 };

/** Knows which requests of a session are under way, and so when a page has settled after an action. */
export function watchTraffic(context: BrowserContext) {
  const pending = new Set<Request>();
  let lastChange = 0;
  const changed = () => (lastChange = performance.now());
  const begin = (request: Request) => {
    if (endless.has(request.resourceType())) return;
    pending.add(request);
    changed();
  };
  const end = (request: Request) => {
    if (pending.delete(request)) changed();
  };
  context.on("request", begin);
  context.on("requestfinished", end);
  context.on("requestfailed", end);

  const isNavigating = () => [...pending].some((request) => request.isNavigationRequest());

  return {
    /** Resolves once the pages have asked for nothing for a moment; bounded. */
    async settle(signal: AbortSignal): Promise<void> {
      const start = performance.now();
      changed();
      const waited = () => performance.now() - start;
      const isQuiet = () => pending.size === 0 && performance.now() - lastChange >= quietMilliseconds;
      while (!isQuiet() && waited() < (isNavigating() ? longestWait.navigation : longestWait.page)) {
        await sleep(50, undefined, { signal });
      }
      // What is left belongs to a page that has gone, or never ends.
      pending.clear();
    },
  };
}
