import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import type { Agent, Task } from "../agent/contract.ts";
import type { BrowserProvider } from "../browser/contract.ts";
import type { Budget, RecordReport, Verdict } from "./contract.ts";
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
}

/**
 * Runs one session: a browser of its own, opened at the start page, then one step after the other until the agent ends,
 * the budget is used up or the session goes in circles.
 *
 * @returns what it came to. An aborted `signal` gives `cancelled`: who aborts knows why.
 * @throws when the session cannot be run: no browser, one that ends by itself, an agent or `record` that fails.
 */
export async function runSession(options: SessionOptions): Promise<Verdict> {
  const { browsers, budget, signal } = options;
  const timeUp = AbortSignal.timeout(budget.maxMilliseconds);
  const stop = AbortSignal.any([signal, timeUp]);
  try {
    const { browser, close } = await browsers.launch(stop);
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
  const { task, agent, budget, signal } = options;
  try {
    const session = await openWalk(browser, options);
    const opened = await session.open(task.url);
    if (opened.error !== null) return failed(`${task.url} could not be opened: ${opened.error}`);
    for (let step = 2; ; step += 1) {
      const observation = await session.observe(step);
      const decision = await agent.decide(observation, signal);
      if (decision.kind === "end")
        return { status: decision.passed ? "passed" : "failed", reason: decision.reason };
      if (step > budget.maxSteps)
        return failed(`The objective was not reached within ${budget.maxSteps} steps.`);
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

/** The end of a browser reaches its pages before the browser itself. */
async function isAlive(browser: Browser): Promise<boolean> {
  for (let wait = 0; wait < 500 && browser.isConnected(); wait += 50) await sleep(50);
  return browser.isConnected();
}

const failed = (reason: string): Verdict => ({ status: "failed", reason });

const outOfTime = ({ maxMilliseconds }: Budget) =>
  failed(`The objective was not reached within ${Math.round(maxMilliseconds / 1_000)} s.`);

/** What a step waits for may hear of the abort late, or never; the session does not wait for it. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => undefined);
  return Promise.race([work, aborted]);
}
