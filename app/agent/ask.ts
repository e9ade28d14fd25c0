import type Anthropic from "@anthropic-ai/sdk";
import type { Task } from "./contract.ts";

export type Request = Anthropic.MessageCreateParamsNonStreaming;
export type Answer = Pick<Anthropic.Message, "content" | "stop_reason" | "stop_details" | "usage">;

/**
 * Puts one request to a model, or to what stands in for one.
 *
 * @param step number of the step that is asked for.
 * @throws the signal's reason once it aborts.
 */
export type Ask = (
  request: Request,
  at: { readonly step: number; readonly signal: AbortSignal },
) => Promise<Answer>;

/** One session asks one model: who records answers has to know which site they are about. */
export type OpenModel = (task: Task) => Ask;
