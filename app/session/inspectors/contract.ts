import type { BrowserContext, Page } from "playwright-core";
import type { Finding } from "../../contract.ts";

/** What an inspector gets for one session. */
export interface Inspected {
  readonly context: BrowserContext;
  /** Where the session stays. */
  readonly origin: () => string;
  /** Addresses that an inspector has asked for: what becomes of them is no doing of the page. */
  readonly ownRequests: Set<string>;
  /** Keeps a finding; one whose fingerprint is known is dropped. */
  report(finding: Finding): void;
}

/** Looks at a page that has come to rest. Called once for each page and state of it. */
export type InspectPage = (page: Page, signal: AbortSignal) => Promise<void>;

/** Begins to watch a session. Returns what to do with each new page, if anything. */
export type StartInspector = (inspected: Inspected) => InspectPage | undefined;

/** A response slower than this is a finding; in milliseconds. */
export const slowAfter = 2_000;

/** How a request fails that somebody stopped: the page itself, a navigation away from it, or this session. */
export const stopped: ReadonlySet<string> = new Set(["net::ERR_ABORTED", "net::ERR_BLOCKED_BY_CLIENT"]);
