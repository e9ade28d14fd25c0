import { originOf } from "./origin.ts";
import type { BrowserContext, Dialog, Download, Frame, Page, Request, Route } from "playwright-core";

/** The pages of a session, kept on one origin. */
export interface Tabs {
  /** The page that the agent acts on: the newest popup that stayed, else the first page. */
  current(): Page;
  /** What was refused since the last call, in words. */
  takeRefusals(): string[];
  /** Waits until popups that have just opened are followed or closed. */
  ready(): Promise<void>;
}

/**
 * Popups of the same origin are followed and others closed, dialogs are dismissed, downloads and navigations to other
 * origins are refused. This keeps a session on its site; it is no security boundary: redirects of a page's own
 * requests are not seen here (https://github.com/microsoft/playwright/issues/33882).
 */
export async function openTabs(context: BrowserContext, origin: () => string): Promise<Tabs> {
  const refusals: string[] = [];
  const open: Page[] = [];
  const arrivals = new Set<Promise<void>>();

  const leaves = (url: URL) => /^https?:$/.test(url.protocol) && url.origin !== origin();
  await context.route(leaves, async (route) => {
    if (!isMainNavigation(route)) return route.fallback();
    refusals.push(`${route.request().url()} is outside of ${origin()}, where this session stays.`);
    await route.abort("aborted");
  });

  const adopt = (page: Page) => {
    page.on("dialog", answerDialog);
    page.on("download", (download) => void refuseDownload(download, refusals));
    page.on("close", () => void open.splice(open.indexOf(page), 1));
    open.push(page);
  };

  const receive = async (popup: Page) => {
    await popup.waitForLoadState("domcontentloaded", { timeout: 5_000 }).catch(keepWhatItIs);
    if (popup.isClosed()) return;
    if (originOf(popup.url()) === origin()) adopt(popup);
    else await popup.close();
  };

  const first = await context.newPage();
  adopt(first);
  context.on("page", (popup) => {
    const arrival = receive(popup).finally(() => arrivals.delete(arrival));
    arrivals.add(arrival);
  });

  return {
    current: () => open.at(-1) ?? first,
    takeRefusals: () => refusals.splice(0),
    ready: async () => void (await Promise.all(arrivals)),
  };
}

function isMainNavigation(route: Route): boolean {
  const request = route.request();
  return request.isNavigationRequest() && (frameOf(request)?.parentFrame() ?? null) === null;
}

function frameOf(request: Request): Frame | undefined {
  try {
    return request.frame();
  } catch {
    // Playwright knows no frame yet for the first navigation of a popup, which is a main one.
    return undefined;
  }
}

/** A page that wants to keep its user is left all the same; other dialogs get the careful answer. */
const answerDialog = (dialog: Dialog) =>
  dialog.type() === "beforeunload" ? dialog.accept() : dialog.dismiss();

async function refuseDownload(download: Download, refusals: string[]): Promise<void> {
  refusals.push(`Downloading ${download.suggestedFilename()} was refused: sessions keep no files.`);
  await download.cancel();
}

const keepWhatItIs = () => undefined;
