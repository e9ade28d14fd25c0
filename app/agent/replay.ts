import { readFile } from "node:fs/promises";
import type { OpenModel } from "./ask.ts";
import { recordingPath, withoutSite, withSite, type Recording } from "./recording.ts";

/**
 * Answers from recordings, without a model: for demonstrations without a network, and for tests.
 *
 * @throws when a request was not recorded: an answer to another page would be a wrong one.
 */
export const replayedModel =
  (directory: string): OpenModel =>
  ({ url, objective }) =>
  async (request, { step, signal }) => {
    signal.throwIfAborted();
    const path = recordingPath(directory, withoutSite(request, url));
    const text = await readFile(path, { encoding: "utf8", signal }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new Error(
        `There is no recorded answer for step ${step} of ${JSON.stringify(objective)} at ${url} (${path}): ` +
          "the site, the task or the prompt is not the one that was recorded. " +
          `Record it anew: LLM_MODE=record LLM_RECORDINGS=${directory} ANTHROPIC_API_KEY=... ` +
          `npm run session -- ${url} --objective ${JSON.stringify(objective)}`,
        { cause },
      );
    });
    return withSite(read(text, path).answer, url);
  };

function read(text: string, path: string): Recording {
  try {
    return JSON.parse(text) as Recording;
  } catch (cause) {
    throw new Error(`${path} is no recording: it is not JSON. Delete it and record it anew.`, { cause });
  }
}
