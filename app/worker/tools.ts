import { chooseAgent, type AgentSettings } from "../agent/index.ts";
import { browserbase } from "../browser/browserbase.ts";
import type { BrowserProvider } from "../browser/contract.ts";
import { browsers } from "../browser/index.ts";
import { browserPool } from "../browser/pool.ts";
import { publicAccess, type Access } from "../egress/own-site.ts";
import type { Env } from "../env.ts";
import { runSession } from "../session/run.ts";
import type { WorkerServices } from "./run-job.ts";

type BrowserSettings = Pick<
  Env<"worker">,
  | "BROWSER_URL"
  | "BROWSER_TOKEN"
  | "BROWSERBASE_API_KEY"
  | "BROWSERBASE_PROJECT_ID"
  | "BROWSERBASE_REGION"
  | "BROWSERBASE_BASE_URL"
  | "PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH"
>;
type Settings = AgentSettings & BrowserSettings;

const budget = { maxSteps: 25, maxMilliseconds: 5 * 60_000, maxTokens: 300_000 };
/** A browser whose worker was killed ends by itself soon after the session would have. */
const maxSeconds = budget.maxMilliseconds / 1_000 + 60;

/**
 * What a worker runs a session with.
 *
 * @param warn hears when Chromium has to do without its sandbox, or a browser could not be given back.
 * @param accessFor what a browser that runs on this machine may reach, by the site that its session tests. Default: the
 * public Internet.
 */
export function workerTools(
  settings: Settings,
  warn: (message: string) => void,
  accessFor: (site: string) => Promise<Access> = publicAccess,
): Pick<WorkerServices, "runSession" | "createAgent" | "browsers" | "budget"> {
  const createAgent = chooseAgent(settings);
  return { runSession, createAgent, browsers: chooseBrowsers(settings, warn, accessFor), budget };
}

/** The role `browser` where there is one, else Browserbase, else this machine. */
function chooseBrowsers(
  settings: BrowserSettings,
  warn: (message: string) => void,
  accessFor: (site: string) => Promise<Access>,
): BrowserProvider {
  const { BROWSER_URL, BROWSER_TOKEN, BROWSERBASE_API_KEY, BROWSERBASE_PROJECT_ID } = settings;
  if (BROWSER_URL !== undefined && BROWSER_TOKEN !== undefined)
    return browsers.remote({
      ...browserPool({ baseURL: BROWSER_URL, apiKey: BROWSER_TOKEN }),
      maxSeconds,
      warn,
    });
  if (BROWSERBASE_API_KEY !== undefined && BROWSERBASE_PROJECT_ID !== undefined) {
    const { BROWSERBASE_BASE_URL: baseURL, BROWSERBASE_REGION: region } = settings;
    const project = { apiKey: BROWSERBASE_API_KEY, projectId: BROWSERBASE_PROJECT_ID };
    return browsers.remote({ ...browserbase({ ...project, baseURL, region }), maxSeconds, warn });
  }
  return browsers.local({ executablePath: settings.PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH, warn, accessFor });
}
