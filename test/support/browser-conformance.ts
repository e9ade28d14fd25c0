import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { BrowserProvider } from "../../app/browser/contract.ts";
import { browsersUnder, eventually, ownTemporaryDirectory } from "../app/browser/machine.ts";

export interface Subject {
  readonly browsers: BrowserProvider;
  /** The same, so that every launch is refused, and what the refusal has to say. */
  readonly refusing: BrowserProvider;
  readonly refusal: RegExp;
  close(): Promise<void>;
}

/** An address that needs no name server to be public; no test goes there. */
export const publicSite = "https://93.184.215.14/";

/**
 * What every provider of browsers does, wherever the browsers run.
 *
 * @param start is called once, when the temporary directory is in place that all of its browsers write into.
 */
export function testBrowserProvider(start: () => Promise<Subject>): void {
  let temporary: ReturnType<typeof ownTemporaryDirectory>;
  let subject: Subject;
  beforeAll(async () => {
    temporary = ownTemporaryDirectory();
    subject = await start();
  });
  afterAll(async () => {
    await subject.close();
    temporary.remove();
  });
  const running = () => browsersUnder(temporary.path);
  const launch = (signal = new AbortController().signal) => subject.browsers.launch(signal, publicSite);
  afterEach(async () => {
    await eventually(() => running().length === 0 && temporary.scratch().length === 0);
    expect([running(), temporary.scratch()]).toEqual([[], []]);
  });

  /** What an abort comes to between the browser's first trace and its answer, which on a busy machine can come first. */
  async function abortedOnTheWay(tries = 10): Promise<string> {
    const stop = new AbortController();
    const launching = launch(stop.signal).then(
      async ({ close }) => {
        await close();
        return "launched";
      },
      (error: Error) => error.message,
    );
    await eventually(() => temporary.scratch().length > 0);
    stop.abort(new Error("no longer wanted"));
    const outcome = await launching;
    return outcome === "launched" && tries > 1 ? abortedOnTheWay(tries - 1) : outcome;
  }

  test("a browser shows a page, and leaves neither process nor directory when it is closed", async () => {
    const { browser, close } = await launch();
    const page = await browser.newPage();
    await page.setContent("<title>Hello</title><button>Buy</button>");
    expect(await page.title()).toBe("Hello");
    expect(await page.ariaSnapshot()).toContain('button "Buy"');
    expect((await page.screenshot()).length).toBeGreaterThan(1_000);
    expect(running().length).toBeGreaterThan(0);
    await close();
    expect([running(), temporary.scratch()]).toEqual([[], []]);
  });

  test("two sessions get two browsers that know nothing of each other", async () => {
    const [one, other] = await Promise.all([launch(), launch()]);
    expect(temporary.scratch()).toHaveLength(2);
    await one.browser.newPage();
    expect(other.browser.contexts().flatMap((context) => context.pages())).toEqual([]);
    await one.close();
    expect(one.browser.isConnected()).toBe(false);
    expect(other.browser.isConnected()).toBe(true);
    await other.close();
  });

  test("closing twice is no error", async () => {
    const { close } = await launch();
    await Promise.all([close(), close()]);
    await close();
  });

  test("an abort of a launch rejects with its reason and leaves nothing behind", async () => {
    const early = launch(AbortSignal.abort(new Error("not wanted at all")));
    await expect(early).rejects.toThrow("not wanted at all");
    expect(await abortedOnTheWay()).toBe("no longer wanted");
  });

  test("a browser that is killed disconnects, and closing it is no error", async () => {
    const { browser, close } = await launch();
    const page = await browser.newPage();
    const waiting = page.waitForEvent("popup").catch((error: Error) => error.message);
    process.kill(Math.min(...running()), "SIGKILL");
    expect(await waiting).toMatch(/closed/);
    await eventually(() => !browser.isConnected());
    await close();
  });

  test("a launch that is refused says why", async () => {
    const launching = subject.refusing.launch(AbortSignal.timeout(10_000), publicSite);
    await expect(launching).rejects.toThrow(subject.refusal);
  });
}
