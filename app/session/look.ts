import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { parseSnapshot, wordsOf } from "../agent/snapshot.ts";

/** A page as an agent sees it. */
export interface Look {
  readonly url: string;
  readonly title: string;
  readonly snapshot: string;
}

const retakes = { times: 4, waitMilliseconds: 500 };

/** Describes the page. An empty description, or one that a navigation cut off, is taken again, a few times. */
export async function lookAt(page: Page, signal: AbortSignal): Promise<Look> {
  for (let left = retakes.times; ; left -= 1) {
    try {
      const snapshot = await page.ariaSnapshot({ mode: "ai", timeout: 10_000 });
      if (wordsOf(parseSnapshot(snapshot)) !== "" || left === 0)
        return { url: page.url(), title: await page.title(), snapshot };
    } catch (error) {
      if (left === 0 || page.isClosed() || signal.aborted) throw error;
    }
    await sleep(retakes.waitMilliseconds, undefined, { signal });
  }
}

/** A picture of what the user would see (some 20 to 200 KB), `null` when the page cannot be drawn. */
export const takePicture = (page: Page): Promise<Buffer | null> =>
  page
    .screenshot({ type: "webp", quality: 80, scale: "css", animations: "disabled", timeout: 5_000 })
    .catch(() => null);
