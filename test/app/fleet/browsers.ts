import { startRole } from "../../support/role-process.ts";

const token = "token-of-the-role-4711";

/** The roles `egress` and `browser`, for sessions on one site. @returns what a worker has to know of them. */
export async function startBrowsers(site: string) {
  const egress = await startRole("egress", { EGRESS_ALLOW: new URL(site).host });
  const browser = await startRole("browser", {
    BROWSER_TOKEN: token,
    BROWSER_SESSIONS: "4",
    EGRESS_URL: egress.url,
  });
  return { BROWSER_URL: browser.url, BROWSER_TOKEN: token };
}
