import type { Me } from "../contract.ts";
import { EnvError, type Env } from "../env.ts";
import type { CreateAgent } from "./contract.ts";
import { explorer } from "./explorer.ts";
import { liveModel } from "./live.ts";
import { modelAgent } from "./model.ts";
import { recordedModel } from "./record.ts";
import { replayedModel } from "./replay.ts";

export type AgentSettings = Pick<
  Env<"worker">,
  "ANTHROPIC_API_KEY" | "ANTHROPIC_BASE_URL" | "LLM_MODE" | "LLM_RECORDINGS"
>;

/** Who can choose the steps of a session. */
export const agents = {
  explorer: () => explorer,
  live: (settings) => modelAgent(live(settings)),
  replay: (settings) => modelAgent(replayedModel(given(settings, "LLM_RECORDINGS"))),
  record: (settings) => modelAgent(recordedModel(live(settings), given(settings, "LLM_RECORDINGS"))),
} as const satisfies Record<string, (settings: AgentSettings) => CreateAgent>;

const live = (settings: AgentSettings) =>
  liveModel({ apiKey: given(settings, "ANTHROPIC_API_KEY"), baseURL: settings.ANTHROPIC_BASE_URL });

const nameOf = ({ LLM_MODE, ANTHROPIC_API_KEY }: AgentSettings): keyof typeof agents =>
  LLM_MODE ?? (ANTHROPIC_API_KEY === undefined ? "explorer" : "live");

/** Who chooses the steps under these settings. @throws {EnvError} when one that it needs is missing. */
export const chooseAgent = (settings: AgentSettings): CreateAgent => agents[nameOf(settings)](settings);

/** The same in the words that people are shown. */
export const agentOf = (settings: AgentSettings): Me["agent"] =>
  nameOf(settings) === "explorer" ? "explorer" : "model";

function given(settings: AgentSettings, name: keyof AgentSettings): string {
  const value = settings[name];
  if (value !== undefined) return value;
  throw new EnvError(
    `${name} is not set, and LLM_MODE=${settings.LLM_MODE} cannot do without it. Set it, or unset LLM_MODE.`,
  );
}
