import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import type { Agent, Decision, Observation, Task } from "../agent/contract.ts";
import type { BrowserProvider } from "../browser/contract.ts";
import type { Budget, Checkpoint, RecordReport, Verdict } from "./contract.ts";
import { openWalk } from "./walk.ts";

export interface SessionOptions {
  readonly task: Task;
  /** A new one: an agent keeps state between steps. */
  readonly agent: Agent;
  readonly browsers: BrowserProvider;
  readonly budget: Budget;
  readonly record: RecordReport;
  /** Hears what went wrong without ending the session. Default: the console. */
  readonly warn?: (message: string) => void;
  /** Ends the session within 2 s, in the middle of a step too. */
  readonly signal: AbortSignal;
  /**
   * Ends the session once the step under way is complete, unless the agent says at once that this was the last; what it is
   * thinking about is dropped.
   */
  readonly pause?: AbortSignal;
  /** Where to go on. Absent: the session begins. */
  readonly checkpoint?: Checkpoint | undefined;
}

/**
 * Runs one session: a browser of its own, opened at the start page, then one step after the other until the agent ends,
 * the budget is used up or the session goes in circles.
 *
 * @returns what it came to. An aborted `signal` gives `cancelled`: who aborts knows why.
 * @throws the reason of `pause` once that ends the session.
 * @throws when the session cannot be run: no browser, one that ends by itself, an agent or `record` that fails.
 */
export async function runSession(options: SessionOptions): Promise<Verdict> {
  const { browsers, budget, signal, checkpoint } = options;
  const timeLeft = budget.maxMilliseconds - (checkpoint?.spent.milliseconds ?? 0);
  const timeUp = AbortSignal.timeout(Math.max(timeLeft, 0));
  const stop = AbortSignal.any([signal, timeUp]);
  try {
    const { browser, close } = await browsers.launch(stop, options.task.url);
    // Whatever the session waits for at that moment fails with the browser.
    const end = () => void close();
    stop.addEventListener("abort", end, { once: true });
    try {
      return await unlessAborted(walk(browser, { ...options, signal: stop }), stop);
    } finally {
      stop.removeEventListener("abort", end);
      await close();
    }
  } catch (error) {
    if (signal.aborted) return { status: "cancelled", reason: "The session was cancelled." };
    if (timeUp.aborted) return outOfTime(budget);
    throw error;
  }
}

async function walk(browser: Browser, options: SessionOptions): Promise<Verdict> {
  const { task, agent, budget, signal, pause = never, checkpoint } = options;
  try {
    const session = await openWalk(browser, options);
    if (checkpoint) await session.reopen(checkpoint);
    else {
      const { error } = await session.open(task.url);
      if (error !== null) return failed(`${task.url} could not be opened: ${error}`);
    }
    let tokens = checkpoint?.spent.tokens ?? 0;
    for (let step = (checkpoint?.step ?? 1) + 1; ; step += 1) {
      if (tokens >= budget.maxTokens) return outOfTokens(budget, tokens);
      const observation = await session.observe(step);
      const decision = await decide(agent, observation, { signal, pause });
      tokens += decision.tokens ?? 0;
      if (decision.kind === "end")
        return { status: decision.passed ? "passed" : "failed", reason: decision.reason };
      if (step > observation.maxSteps)
        return failed(`The objective was not reached within ${observation.maxSteps} steps.`);
      if (session.isLoop(observation.snapshot, decision.action)) {
        return failed("The session went in circles: the same action on the same page, three times.");
      }
      await session.take(step, decision, observation.snapshot);
    }
  } catch (error) {
    if (await isAlive(browser)) throw error;
    throw new Error("The browser ended in the middle of the session.", { cause: error });
  }
}

/**
 * What the agent wants. Once the session has to go elsewhere only a verdict counts, and only one that comes at once: it
 * spares another worker to find out that all is done, where what was done may not show.
 */
async function decide(
  agent: Agent,
  observation: Observation,
  { signal, pause }: { readonly signal: AbortSignal; readonly pause: AbortSignal },
): Promise<Decision> {
  const patience = pause.aborted ? AbortSignal.timeout(lastWord) : pause;
  const limit = AbortSignal.any([signal, patience]);
  try {
    const decision = await unlessAborted(agent.decide(observation, limit), limit);
    if (decision.kind !== "end") pause.throwIfAborted();
    return decision;
  } catch (error) {
    signal.throwIfAborted();
    pause.throwIfAborted();
    throw error;
  }
}

/** The end of a browser reaches its pages before the browser itself. */
async function isAlive(browser: Browser): Promise<boolean> {
  for (let wait = 0; wait < 500 && browser.isConnected(); wait += 50) await sleep(50);
  return browser.isConnected();
}

const never = new AbortController().signal;

/** For an agent to say that the session is over when it has to go elsewhere. Milliseconds. */
const lastWord = 2_000;

const failed = (reason: string): Verdict => ({ status: "failed", reason });

const outOfTime = ({ maxMilliseconds }: Budget) =>
  failed(`The objective was not reached within ${Math.round(maxMilliseconds / 1_000)} s.`);

const outOfTokens = ({ maxTokens }: Budget, tokens: number) =>
  failed(
    `The objective was not reached within ${count(maxTokens)} tokens; the model has used ${count(tokens)}.`,
  );

const count = (number: number) => number.toLocaleString("en");

/** What a step waits for may hear of the abort late, or never; the session does not wait for it. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  aborted.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
  }
}
