import { setTimeout } from "node:timers/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LaunchedBrowser } from "../../app/browser/contract.ts";
import { localBrowsers } from "../../app/browser/local.ts";
import { type PlantedDefect, plantedDefects } from "../../app/demo-site/defects.ts";
import { freePort } from "../../app/embedded/port.ts";
import { type RunningApp, startApp, temporaryHome } from "./app.ts";
import { accessibilityProblems, look, startSession } from "./page.ts";

/** Milliseconds within which the demo session ends on a slow machine. */
const patience = 120_000;

/** Who came to order a mug leaves once it is ordered. */
const onTheWay = ({ path }: PlantedDefect) => path !== "/workshop";

// One story, in the order in which a user goes through it: each test stands on those before.
describe("TestFarm embedded, as npm start runs it", () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let port: number;
  let app: RunningApp;
  let chromium: LaunchedBrowser;
  let page: Page;
  let demoSession: string;
  let demoFindings: number;

  beforeAll(async () => {
    home = await temporaryHome();
    port = await freePort();
    app = await startApp(home.path, port);
    const executablePath = process.env["PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH"];
    chromium = await localBrowsers({ executablePath }).launch(AbortSignal.timeout(60_000), "about:blank");
    page = await chromium.browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(20_000);
  });

  afterAll(async () => {
    await chromium?.close();
    if ((await app?.leftovers())?.length) await app.crash();
    await home?.remove();
  });

  /** Planted defects that no finding on the page shows. */
  const missedDefects = async () => {
    const findings = await look(page).findings.allTextContents();
    return plantedDefects.filter(
      ({ kind, evidence }) =>
        !findings.some((text) => text.includes(kind.replaceAll("-", " ")) && text.includes(evidence)),
    );
  };

  test("the first run has started a session against the demo shop, and it is on the first page", async () => {
    await page.goto(app.address);
    await expect.poll(() => look(page).sessions.count()).toBe(1);
    expect(await page.title()).toBe("Sessions · TestFarm");
    await look(page).sessions.first().click();
    await page.waitForURL("**/sessions/*");
    demoSession = page.url();
  });

  test(
    "its steps and pictures arrive while it runs, up to its end",
    async () => {
      const { steps, picture, ending } = look(page);
      await steps.nth(1).waitFor({ timeout: patience });
      expect(await ending.count()).toBe(0);
      expect(await page.getByRole("button", { name: "Live" }).getAttribute("aria-pressed")).toBe("true");
      const width = () => picture.evaluate((image: HTMLImageElement) => image.naturalWidth);
      await expect.poll(width).toBeGreaterThan(0);
      await steps.first().click();
      const seen = await steps.count();
      await ending.waitFor({ timeout: patience });
      expect(await steps.count()).toBeGreaterThan(seen);
      // An older step that somebody chose stays on show.
      expect(await steps.first().getAttribute("aria-current")).toBe("step");
    },
    patience,
  );

  test("the defects on the way to the checkout are among its findings", async () => {
    demoFindings = await look(page).findings.count();
    expect((await missedDefects()).filter(onTheWay)).toEqual([]);
  });

  test("the form says at each field what is wrong, and a persona can be made on the way", async () => {
    await page.goto(`${app.address}/start`);
    await page.getByRole("button", { name: "Start session" }).click();
    await page.getByText("Must be an http or https address").waitFor();
    await page.getByText("Say in a few words what the user wants to do").waitFor();
    await page.getByRole("button", { name: "Create a persona" }).click();
    const dialog = page.getByRole("dialog", { name: "Create a persona" });
    await dialog.getByLabel("Name").fill("Commuter");
    await dialog.getByLabel("Description").fill("One hand free, patchy network.");
    await dialog.getByText("Phone", { exact: true }).click();
    await dialog.getByRole("button", { name: "Create persona" }).click();
    await dialog.waitFor({ state: "hidden" });
    expect(await page.getByRole("radio", { name: /Commuter/ }).getAttribute("aria-checked")).toBe("true");
  });

  test("no page has a serious accessibility problem, at any width, in either colour scheme", async () => {
    const problems: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [1280, 390]) {
        const context = await chromium.browser.newContext({ colorScheme, viewport: { width, height: 844 } });
        const visitor = await context.newPage();
        for (const address of [app.address, `${app.address}/start`, demoSession, `${app.address}/nowhere`]) {
          await visitor.goto(address);
          await visitor.getByRole("heading", { level: 1 }).waitFor();
          await visitor.locator("[aria-busy=true]").waitFor({ state: "detached" });
          const found = await accessibilityProblems(visitor);
          problems.push(...found.map((each) => `${address} at ${width} in ${colorScheme}: ${each}`));
          const overflow = await visitor.evaluate("document.documentElement.scrollWidth - innerWidth");
          expect(overflow, `${address} at ${width} scrolls sideways`).toBe(0);
        }
        await context.close();
      }
    }
    expect(problems).toEqual([]);
  }, 60_000);

  test(
    "a session goes through kill -9 and a restart: the page says so, and every planted defect is found",
    async () => {
      await page.goto(app.address);
      await startSession(page, "Look around the whole shop");
      await look(page).steps.first().waitFor({ timeout: patience });
      const lost = () => page.getByText("Connection lost.").count();
      await app.crash();
      await expect.poll(lost, { timeout: 10_000 }).toBe(1);
      app = await startApp(home.path, port);
      await expect.poll(lost, { timeout: 30_000 }).toBe(0);
      await look(page).ending.waitFor({ timeout: patience });
      expect(await missedDefects()).toEqual([]);
    },
    2 * patience,
  );

  test("what was there before the crash is there after it", async () => {
    await page.goto(demoSession);
    await look(page).ending.waitFor();
    expect(await look(page).findings.count()).toBe(demoFindings);
  });

  test(
    "after the crash a new session runs, though the form was filled in before the personas came, and can be cancelled",
    async () => {
      await page.route("**/api/personas", async (route) => {
        await setTimeout(1000);
        await route.continue();
      });
      await startSession(page, "Look around");
      await page.unroute("**/api/personas");
      await look(page).steps.first().waitFor({ timeout: patience });
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Cancel session" }).click();
      await expect.poll(() => look(page).ending.allInnerTexts()).toMatchObject([/: cancelled\./]);
    },
    patience,
  );

  test("a session that is deleted is gone", async () => {
    await page.getByRole("button", { name: "Delete session" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete session" }).click();
    await page.getByRole("heading", { level: 1, name: "Sessions" }).waitFor();
    await expect.poll(() => look(page).sessions.allInnerTexts()).not.toContain("Look around");
  });

  test("Ctrl-C ends the application and everything that it started", async () => {
    expect(await app.leftovers()).not.toEqual([]);
    expect(await app.interrupt()).toBe(0);
    expect(await app.leftovers()).toEqual([]);
  });
});
