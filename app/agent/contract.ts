import type { Action, Persona } from "../contract.ts";

/** What an agent sees before it chooses a step. */
export interface Observation {
  readonly url: string;
  readonly title: string;
  /** The page as an ARIA tree with element references (`page.ariaSnapshot({ mode: "ai" })`), page text included. */
  readonly snapshot: string;
  /** Number of the step to choose. Step 1, opening the page, is the session's own; past `maxSteps` only an end counts. */
  readonly step: number;
  readonly maxSteps: number;
  /** What became of the earlier steps, oldest first. */
  readonly history: readonly {
    readonly description: string;
    readonly error: string | null;
    readonly url: string;
  }[];
}

/** What one session is to do. */
export interface Task {
  readonly url: string;
  readonly objective: string;
  readonly persona: Persona;
}

export type Decision = (
  | { readonly kind: "act"; readonly action: Action; readonly reasoning: string }
  | { readonly kind: "end"; readonly passed: boolean; readonly reason: string }
) & {
  /** What a model read and wrote for it, in tokens; absent when no model was asked. */
  readonly tokens?: number;
};

/** Chooses the steps of one session. One agent serves one session: it may keep state between steps. */
export interface Agent {
  /**
   * @param signal ends the wait for a model's answer; rejects with its reason.
   * @throws when no decision can be had (a model that stays unreachable after its client's own retries).
   */
  decide(observation: Observation, signal: AbortSignal): Promise<Decision>;
}

export type CreateAgent = (task: Task) => Agent;
