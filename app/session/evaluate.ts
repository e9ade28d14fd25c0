import type { Page } from "playwright-core";

/**
 * Runs a function in the page. Under tsx functions keep their names by a helper that pages do not have
 * (https://github.com/privatenumber/tsx/issues/113); they get one here.
 */
export const evaluate = <Result>(page: Page, run: () => Result | Promise<Result>): Promise<Result> =>
  page.evaluate<Result>(`(() => { const __name = (named) => named; return (${run.toString()})(); })()`);
