import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/** What axe-core calls serious or critical on the page as it is now, a line each. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(", ")}`);
}

/** The page, by what a person sees of it. */
export const look = (page: Page) => ({
  sessions: page.getByRole("main").getByRole("listitem").getByRole("link"),
  steps: page.getByRole("region", { name: "Steps" }).getByRole("button"),
  findings: page.getByRole("region", { name: "Findings" }).locator("details"),
  picture: page.getByRole("region", { name: "Browser" }).getByRole("img"),
  ending: page.getByText(/^The session has ended: (passed|failed|cancelled)\./),
});

/** Starts a session against the demo shop through the form and leaves the page on its live view. */
export async function startSession(page: Page, objective: string): Promise<void> {
  await page.getByRole("link", { name: "New session" }).click();
  await page.getByRole("button", { name: "Use the demo shop" }).click();
  await page.getByLabel("Objective").fill(objective);
  await page.getByRole("button", { name: "Start session" }).click();
  await page.getByRole("heading", { level: 1, name: objective }).waitFor();
}
