import { startRole, type RoleProcess } from "../../support/role-process.ts";

export const token = "token-of-the-role-4711";

/** The roles `egress` and `browser`, for sessions on one site. @returns what a worker has to know of them. */
export async function startBrowsers(site: string) {
  const [browser] = await startPool(site, { processes: 1, places: 4 });
  return { BROWSER_URL: browser.url, BROWSER_TOKEN: token };
}

/** The same with several processes of the role `browser`. */
export async function startPool(
  site: string,
  { processes, places }: { readonly processes: number; readonly places: number },
) {
  const egress = await startRole("egress", { EGRESS_ALLOW: new URL(site).host });
  const env = { BROWSER_TOKEN: token, BROWSER_SESSIONS: String(places), EGRESS_URL: egress.url };
  const roles = await Promise.all(Array.from({ length: processes }, () => startRole("browser", env)));
  return roles as [RoleProcess, ...RoleProcess[]];
}
