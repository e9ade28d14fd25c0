import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openSignIn } from "../../app/auth/sign-in.ts";
import { preparePage } from "../../app/embedded/page.ts";
import { freePort } from "../../app/embedded/port.ts";
import { testApi, testServices } from "../support/api.ts";
import { chromium } from "../support/chromium.ts";
import { describeWith } from "../support/services.ts";
import { accessibilityProblems } from "./page.ts";

const token = "t".repeat(24);
const password = "correct horse battery staple";

const problemsAt = async (page: Page) => {
  const problems: string[] = [];
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    problems.push(...(await accessibilityProblems(page)));
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    if (overflow !== 0) problems.push(`scrolls sideways at ${width}`);
  }
  return problems;
};

await describeWith(chromium, "an installation that others can reach", (browsers) => {
  test("its first owner sets it up, signs out, and signs in again", async () => {
    const services = await testServices();
    const port = await freePort();
    const signIn = openSignIn({
      db: services.db,
      secret: "s".repeat(32),
      frontendUrl: `http://127.0.0.1:${port}`,
      ownerEmail: undefined,
      bootstrapToken: token,
    });
    const page = await preparePage(() => undefined);
    const options = { signIn, authenticate: signIn.authenticate, page, port };
    const { url } = await testApi(services, [], options);
    const { browser, close } = await browsers.launch(AbortSignal.timeout(60_000), url);
    try {
      const visitor = await browser.newPage();
      visitor.setDefaultTimeout(20_000);
      await visitor.goto(`${url}/sessions/of-somebody`);
      await visitor.getByRole("heading", { name: "Set up TestFarm" }).waitFor();
      await visitor.getByRole("button", { name: "Create owner" }).click();
      await visitor.getByText("Must have at least 12 characters").waitFor();
      expect(await problemsAt(visitor)).toEqual([]);
      await visitor.getByLabel("Bootstrap token").fill(token);
      await visitor.getByLabel("Organization").fill("Acme");
      await visitor.getByLabel("Your name").fill("Owner");
      await visitor.getByLabel("E-mail address").fill("owner@farm.test");
      await visitor.locator("input[type=password]").fill(password);
      await visitor.getByRole("button", { name: "Create owner" }).click();
      await visitor.getByRole("button", { name: "Sign out" }).waitFor();

      await visitor.goto(url);
      await visitor.getByText("Acme").waitFor();
      await visitor.getByRole("button", { name: "Sign out" }).click();
      await visitor.getByRole("heading", { name: "Sign in" }).waitFor();
      expect(await problemsAt(visitor)).toEqual([]);
      await visitor.getByLabel("E-mail address").fill("owner@farm.test");
      await visitor.locator("input[type=password]").fill("not the password");
      await visitor.getByRole("button", { name: "Sign in" }).click();
      await visitor.getByRole("alert").waitFor();
      await visitor.locator("input[type=password]").fill(password);
      await visitor.getByRole("button", { name: "Sign in" }).click();
      await visitor.getByRole("heading", { level: 1, name: "Sessions" }).waitFor();
    } finally {
      await close();
    }
  }, 90_000);
});
