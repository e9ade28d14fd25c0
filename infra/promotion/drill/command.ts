import type { Project } from "../../plan/project.ts";
import { openSide } from "../commands/open.ts";
import { telling } from "../commands/tell.ts";
import { drill } from "./drill.ts";
import { toText } from "./text.ts";

interface Asked {
  readonly project: Project;
  readonly from: string;
  readonly to: string;
  readonly site?: string | undefined;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** The command `drill`: tells the drill as it goes, and what it has found. How it goes is no part of an answer in JSON. */
export async function runDrill({ project, from, to, site, json, signal }: Asked): Promise<void> {
  const onEvent = telling(json ? process.stderr : process.stdout);
  const source = await openSide(project, from, undefined);
  try {
    const drilled = await drill(project, source, to, {
      site,
      signal,
      note: (text) => onEvent({ kind: "note", text }),
      report: (progress) => onEvent({ kind: "progress", progress }),
      say: (text) => process.stderr.write(text),
    });
    process.stdout.write(json ? `${JSON.stringify(drilled, null, 2)}\n` : toText(drilled));
  } finally {
    await source.close();
  }
}
