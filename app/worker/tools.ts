import { explorer } from "../agent/explorer.ts";
import { modelAgent } from "../agent/model.ts";
import { localBrowsers } from "../browser/local.ts";
import type { Me } from "../contract.ts";
import type { Env } from "../env.ts";
import { runSession } from "../session/run.ts";
import type { WorkerServices } from "./run-job.ts";

type Settings = Pick<
  Env<"worker">,
  "ANTHROPIC_API_KEY" | "ANTHROPIC_BASE_URL" | "PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH"
>;

/** Who chooses the steps under these settings. */
export const agentOf = ({ ANTHROPIC_API_KEY }: Settings): Me["agent"] =>
  ANTHROPIC_API_KEY === undefined ? "explorer" : "model";

/**
 * What a worker runs a session with.
 *
 * @param warn hears when Chromium has to do without its sandbox.
 */
export function workerTools(
  settings: Settings,
  warn: (message: string) => void,
): Pick<WorkerServices, "runSession" | "createAgent" | "browsers" | "budget"> {
  const { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH } = settings;
  const createAgent =
    ANTHROPIC_API_KEY === undefined
      ? explorer
      : modelAgent({
          apiKey: ANTHROPIC_API_KEY,
          ...(ANTHROPIC_BASE_URL !== undefined && { baseURL: ANTHROPIC_BASE_URL }),
        });
  const browsers = localBrowsers({ executablePath: PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH, warn });
  return { runSession, createAgent, browsers, budget: { maxSteps: 25, maxMilliseconds: 5 * 60_000 } };
}
