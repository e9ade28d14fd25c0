import type { Agent, Decision, Observation } from "../../../app/agent/contract.ts";
import type { BrowserProvider } from "../../../app/browser/contract.ts";
import type { Action, Finding, Persona } from "../../../app/contract.ts";
import type { Budget, Checkpoint, Report, Verdict } from "../../../app/session/contract.ts";
import { runSession } from "../../../app/session/run.ts";

export type Step = Extract<Report, { type: "step" }>;

export interface Played {
  readonly verdict: Verdict;
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
  /** What the agent saw before each of its decisions. */
  readonly seen: readonly Observation[];
  readonly warnings: readonly string[];
}

/** One line of a scripted session: an action on the page that is seen, or the end. */
type Line = (observation: Observation) => Action | Decision;

export const end: Line = () => ({ kind: "end", passed: true, reason: "The script is over." });
export const goto =
  (url: string): Line =>
  () => ({ kind: "goto", url });
/** Acts on the first element whose line in the page description has these words. */
export const click =
  (words: string): Line =>
  ({ snapshot }) => ({ kind: "click", ref: refOf(snapshot, words) });
export const fill =
  (words: string, text: string): Line =>
  ({ snapshot }) => ({ kind: "fill", ref: refOf(snapshot, words), text });

export function refOf(snapshot: string, words: string): string {
  const line = snapshot.split("\n").find((each) => each.includes(words) && each.includes("[ref="));
  const ref = /\[ref=(\w+)\]/.exec(line ?? "")?.[1];
  if (ref === undefined) throw new Error(`No element ${words} in\n${snapshot}`);
  return ref;
}

interface PlayOptions {
  readonly browsers: BrowserProvider;
  readonly url: string;
  readonly agent: Agent | readonly Line[];
  readonly device?: Persona["device"];
  readonly objective?: string;
  readonly budget?: Partial<Budget>;
  readonly signal?: AbortSignal;
  readonly pause?: AbortSignal;
  readonly checkpoint?: Checkpoint;
  readonly onStep?: (step: Step) => void;
}

/** Runs a session and keeps all that it reports. */
export async function play(options: PlayOptions): Promise<Played> {
  const {
    browsers,
    url,
    agent,
    device = "desktop",
    objective = "Try the site",
    budget,
    signal,
    pause,
    checkpoint,
    onStep,
  } = options;
  const steps: Step[] = [];
  const findings: Finding[] = [];
  const seen: Observation[] = [];
  const warnings: string[] = [];
  const watched: Agent = {
    decide: async (observation, stop) => {
      seen.push({ ...observation, history: [...observation.history] });
      if ("decide" in agent) return agent.decide(observation, stop);
      const line = (agent[seen.length - 1] ?? end)(observation);
      return line.kind === "act" || line.kind === "end"
        ? line
        : { kind: "act", action: line, reasoning: "scripted" };
    },
  };
  const verdict = await runSession({
    task: { url, objective, persona: { id: "p", name: "Tester", description: "A tester.", device } },
    agent: watched,
    browsers,
    budget: { maxSteps: 25, maxMilliseconds: 60_000, maxTokens: 100_000, ...budget },
    signal: signal ?? new AbortController().signal,
    ...(pause && { pause }),
    checkpoint,
    warn: (message) => void warnings.push(message),
    record: async (report) => {
      if (report.type === "finding") findings.push(report.finding);
      else {
        steps.push(report);
        onStep?.(report);
      }
    },
  });
  return { verdict, steps, findings, seen, warnings };
}
