/**
 * Takes the picture of the README: the live view of the demo session while it runs. `npm run picture`.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { localBrowsers } from "../app/browser/local.ts";
import { freePort } from "../app/embedded/port.ts";
import { startApp, temporaryHome } from "../test/e2e/app.ts";

/** So many findings fill their list while the session still runs. */
const findings = 7;
const patience = 120_000;

async function liveViewOf(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByRole("main").getByRole("listitem").getByRole("link").first().click();
  const found = page.getByRole("region", { name: "Findings" }).locator("details");
  await found.nth(findings - 1).waitFor({ timeout: patience });
  await found.first().locator("summary").click();
  await page.mouse.move(0, 0);
  await page.getByRole("region", { name: "Browser" }).getByRole("img").waitFor();
}

/** WebP, which Chromium writes and Playwright does not ask for: a third of the PNG's size. */
async function webp(page: Page): Promise<Buffer> {
  const devtools = await page.context().newCDPSession(page);
  const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 90 });
  return Buffer.from(data, "base64");
}

const home = await temporaryHome();
const app = await startApp(home.path, await freePort());
const { browser, close } = await localBrowsers({}).launch(AbortSignal.timeout(patience), app.address);
try {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    deviceScaleFactor: 2,
    reducedMotion: "reduce",
  });
  await liveViewOf(page, app.address);
  const picture = await webp(page);
  const path = join(import.meta.dirname, "picture.webp");
  await writeFile(path, picture);
  console.log(`${path}: ${Math.round(picture.length / 1024)} kB`);
} finally {
  await close();
  await app.interrupt();
  await home.remove();
}
