import type { Page } from "playwright-core";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { preparePage } from "../../app/embedded/page.ts";
import { type TestSide, testSide } from "../app/promotion/side.ts";
import { callerOf, testApi } from "../support/api.ts";
import { chromium } from "../support/chromium.ts";
import { describeWith } from "../support/services.ts";
import { accessibilityProblems, look } from "./page.ts";

vi.setConfig({ testTimeout: 90_000 });

const moving = "TestFarm is being moved. Sessions go on, and changes are saved, as soon as that is done.";

/** Whether a text was on the page at any time since this was called, however short. */
async function watchFor(page: Page, text: string): Promise<() => Promise<boolean>> {
  await page.evaluate((words) => {
    const seen = () => document.body.textContent.includes(words);
    Object.assign(window, { wasSeen: seen() });
    new MutationObserver(() => seen() && Object.assign(window, { wasSeen: true })).observe(document.body, {
      childList: true,
      subtree: true,
    });
  }, text);
  return () => page.evaluate<boolean>("wasSeen");
}

const notice = (page: Page) => page.getByRole("status").filter({ hasText: "TestFarm" });

/** At every width, in both schemes. */
async function problemsOf(page: Page): Promise<string[]> {
  const problems: string[] = [];
  for (const width of [1280, 390])
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height: 844 });
      // What is on its way from one colour to another one has neither.
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
      const found = await accessibilityProblems(page);
      problems.push(...found.map((each) => `at ${width} in ${colorScheme}: ${each}`));
      if ((await page.evaluate("document.documentElement.scrollWidth - innerWidth")) !== 0)
        problems.push(`scrolls sideways at ${width}`);
    }
  await page.setViewportSize({ width: 1280, height: 844 });
  // From 1100 px on the live page scrolls in its columns only.
  if ((await page.evaluate("document.documentElement.scrollHeight - innerHeight")) !== 0)
    problems.push("scrolls down at 1280");
  return problems;
}

await describeWith(chromium, "the page of an installation that is moved", (browsers) => {
  let side: TestSide;
  let call: ReturnType<typeof callerOf>;
  let url: string;
  let session: string;

  beforeAll(async () => {
    side = await testSide();
    const { tenant, services } = side;
    const page = await preparePage(() => undefined);
    ({ url } = await testApi(services, [], { page, authenticate: () => Promise.resolve(tenant) }));
    call = callerOf(url);
    const task = { url: "http://shop.test/", objective: "Buy a mug", personaId: tenant.personaId };
    session = (await call("POST", "/api/sessions", task)).body.id as string;
  });

  beforeEach(() => side.open());

  const visit = async (work: (page: Page) => Promise<void>) => {
    const { browser, close } = await browsers.launch(AbortSignal.timeout(60_000), url);
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      page.setDefaultTimeout(20_000);
      await page.goto(`${url}/sessions/${session}`);
      await page.getByRole("heading", { level: 1, name: "Buy a mug" }).waitFor();
      await work(page);
    } finally {
      await close();
    }
  };

  test("says that it is being moved, then where to, and its session goes on when it is led back", () =>
    visit(async (page) => {
      expect(await notice(page).count()).toBe(0);
      await side.close();
      await expect.poll(() => notice(page).allTextContents(), { timeout: 20_000 }).toEqual([moving]);
      expect(await problemsOf(page)).toEqual([]);

      const wasLost = await watchFor(page, "Connection lost");
      await side.closeForGood("https://farm.example");
      await notice(page).filter({ hasText: "TestFarm has moved." }).waitFor();
      const link = notice(page).getByRole("link", { name: "farm.example" });
      expect(await link.getAttribute("href")).toBe(`https://farm.example/sessions/${session}`);
      expect(await problemsOf(page)).toEqual([]);

      await side.open();
      await notice(page).waitFor({ state: "detached" });
      expect((await call("POST", `/api/sessions/${session}/cancel`)).status).toBeLessThan(300);
      await look(page).ending.waitFor();
      expect(await wasLost()).toBe(false);
    }));

  test("a change waits until that is done, and is refused with the new address once it has moved", () =>
    visit(async (page) => {
      await page.goto(`${url}/start`);
      await side.close({ answer: "refuse" });
      await notice(page).waitFor();
      await page.getByRole("button", { name: "Create a persona" }).click();
      const dialog = page.getByRole("dialog", { name: "Create a persona" });
      await dialog.getByLabel("Name").fill("Commuter");
      await dialog.getByLabel("Description").fill("One hand free.");
      const refused = page.waitForResponse((response) => response.status() === 503);
      await dialog.getByRole("button", { name: "Create persona" }).click();
      await refused;
      await side.open();
      await dialog.waitFor({ state: "hidden" });
      await page.getByRole("radio", { name: /Commuter/ }).waitFor();

      await side.close({ answer: "refuse" });
      await side.closeForGood("https://farm.example");
      await notice(page).filter({ hasText: "TestFarm has moved." }).waitFor();
      await page.getByRole("button", { name: "Create a persona" }).click();
      await dialog.getByLabel("Name").fill("Late");
      await dialog.getByLabel("Description").fill("Too late.");
      await dialog.getByRole("button", { name: "Create persona" }).click();
      const refusal = "TestFarm has moved to https://farm.example; nothing can be changed here any more.";
      await expect.poll(() => dialog.getByText(refusal).count(), { timeout: 20_000 }).toBe(1);
    }));
});
