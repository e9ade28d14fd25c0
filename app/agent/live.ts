import Anthropic from "@anthropic-ai/sdk";
import type { OpenModel } from "./ask.ts";

/** The client's own default is 10 minutes, longer than a whole session. It tries twice more on 429, 5xx and timeouts. */
const timeout = 60_000;

/** Asks Anthropic's Messages API. @param options.baseURL a gateway's address. Default: Anthropic's own. */
export function liveModel(options: {
  readonly apiKey: string;
  readonly baseURL?: string | undefined;
}): OpenModel {
  const client = new Anthropic({ ...options, timeout });
  return () =>
    async (request, { signal }) => {
      try {
        return await client.messages.create(request, { signal });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    };
}
