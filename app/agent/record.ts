import { mkdir, writeFile } from "node:fs/promises";
import type { OpenModel } from "./ask.ts";
import { recordingPath, withoutSite, type Recording } from "./recording.ts";

/** Keeps what a model answers, for `replayedModel`. A request that was recorded before gets its new answer. */
export const recordedModel =
  (open: OpenModel, directory: string): OpenModel =>
  (task) => {
    const ask = open(task);
    return async (request, at) => {
      const { content, stop_reason, stop_details, usage } = await ask(request, at);
      const answer = { content, stop_reason, stop_details, usage };
      const recording: Recording = withoutSite({ request, answer }, task.url);
      await mkdir(directory, { recursive: true });
      await writeFile(recordingPath(directory, recording.request), `${JSON.stringify(recording, null, 2)}\n`);
      return answer;
    };
  };
