import type { Browser } from "playwright-core";

export interface LaunchedBrowser {
  readonly browser: Browser;
  /**
   * Aborts when the machine that the browser runs on is going: whoever uses it has some seconds to go on elsewhere. Never
   * does, or is absent, where that cannot be known.
   */
  readonly leaving?: AbortSignal;
  /** Ends the browser and its processes and removes its temporary directory, whatever happened before. */
  close(): Promise<void>;
}

/** Where a session's browser comes from: this process, the `browser` role, Browserbase. */
export interface BrowserProvider {
  /**
   * One browser for one session.
   *
   * @param signal ends a launch under way, which then rejects with its reason and leaves nothing behind.
   * @param site address of the site that the session tests: what a browser may reach can depend on it.
   * @throws with what to install or set when there is none to be had.
   */
  launch(signal: AbortSignal, site: string): Promise<LaunchedBrowser>;
}
