import type { Browser } from "playwright-core";
import type { Decision, Observation, Task } from "../agent/contract.ts";
import { act, open, reasonOf } from "./act.ts";
import type { Budget, Checkpoint, RecordReport, Report } from "./contract.ts";
import { describeAction, targetOf } from "./describe.ts";
import { devices } from "./devices.ts";
import { startInspection } from "./inspection.ts";
import { lookAt, takePicture } from "./look.ts";
import { watchForLoops } from "./loop.ts";
import { isUnloaded } from "../unloaded.ts";
import { withoutCredentials } from "../without-credentials.ts";
import { isSameSite, originOf } from "./origin.ts";
import { openTabs } from "./tabs.ts";
import { watchTraffic } from "./traffic.ts";

interface Options {
  readonly task: Task;
  readonly budget: Budget;
  readonly record: RecordReport;
  readonly warn?: (message: string) => void;
  readonly signal: AbortSignal;
  readonly checkpoint?: Checkpoint | undefined;
}

type Choice = Extract<Decision, { kind: "act" }>;

/** The steps of one session in one browser. */
export async function openWalk(
  browser: Browser,
  { task, budget, signal, checkpoint, warn = console.warn, ...options }: Options,
) {
  const record: RecordReport = (report) => options.record(withoutPasswords(report));
  const context = await browser.newContext({
    ...devices[task.persona.device],
    acceptDownloads: false,
    // One would answer in place of the site, unseen by the inspectors.
    serviceWorkers: "block",
  });
  let origin = originOf(task.url);
  const tabs = await openTabs(context, () => origin);
  const traffic = watchTraffic(context);
  const inspection = startInspection(context, () => origin, warn);
  const history = [...(checkpoint?.history ?? [])];
  const maxSteps = (checkpoint?.step ?? 0) + budget.maxSteps;
  const { isLoop } = watchForLoops();

  const settle = async () => {
    await traffic.settle(signal);
    await tabs.ready();
  };

  /** Carries out an action and waits for what comes of it. @returns why it failed, `null` when it did not. */
  const attempt = async (work: () => Promise<void>): Promise<string | null> => {
    const before = tabs.current().url();
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      return tabs.takeRefusals()[0] ?? reasonOf(error);
    }
    await settle();
    return tabs.takeRefusals()[0] ?? notLoaded() ?? (await returnToSite(before));
  };

  const notLoaded = (): string | null =>
    isUnloaded(tabs.current().url()) ? "The page that this leads to could not be loaded." : null;

  /** A redirect can lead away from the site where a link did not. */
  const returnToSite = async (before: string): Promise<string | null> => {
    const page = tabs.current();
    const url = page.url();
    if (originOf(url) === origin || !/^https?:/.test(url)) return null;
    await page.goto(before, { waitUntil: "commit" });
    await settle();
    return `A redirect led to ${originOf(url)}, outside of ${origin}, where this session stays.`;
  };

  /** Takes one step, reports it, then lets the inspectors look at where it led. */
  const report = async (
    step: number,
    { action, reasoning, tokens }: Omit<Choice, "kind">,
    description: string,
    work: () => Promise<void>,
  ) => {
    const start = performance.now();
    const error = await attempt(work);
    const milliseconds = Math.round(performance.now() - start);
    const page = tabs.current();
    const [image, title] = await Promise.all([takePicture(page), page.title().catch(() => "")]);
    signal.throwIfAborted();
    const url = page.url();
    history.push({ description, error, url });
    await record({
      type: "step",
      step,
      action,
      description,
      reasoning,
      url,
      title,
      milliseconds,
      error,
      image,
      ...(tokens !== undefined && { tokens }),
    });
    await inspection.visit(page, signal);
    for (const finding of inspection.take()) await record({ type: "finding", step, finding });
    return { error };
  };

  return {
    isLoop,

    /** Step 1: opens the start page, where the session then stays. */
    open: (url: string) => {
      const action = { kind: "goto", url } as const;
      return report(
        1,
        { action, reasoning: "The session starts here." },
        describeAction(action, undefined),
        async () => {
          const page = tabs.current();
          await act(page, action);
          if (isSameSite(url, page.url())) origin = originOf(page.url());
        },
      );
    },

    /**
     * Goes on where another browser was, or at the start page where that place is not there for a newcomer: what the other
     * one had kept, such as cookies, is lost. @throws when it cannot.
     */
    async reopen({ history: earlier }: Checkpoint): Promise<void> {
      const last = earlier.at(-1);
      const place = placeOf(last?.url, task.url);
      const error = await attempt(async () => {
        const answer = await open(tabs.current(), place);
        if (answer !== null && answer.status() >= 400) await open(tabs.current(), task.url);
        if (isSameSite(task.url, tabs.current().url())) origin = originOf(tabs.current().url());
      });
      if (error !== null) throw new Error(`${last?.url} could not be opened again: ${error}`);
    },

    async observe(step: number): Promise<Observation> {
      const look = await lookAt(tabs.current(), signal);
      return { ...look, step, maxSteps, history };
    },

    /** @param snapshot the page description that the agent chose from. */
    take: (step: number, choice: Choice, snapshot: string) => {
      const { action } = choice;
      const target = targetOf(action, snapshot);
      return report(step, choice, describeAction(action, target), async () => {
        if ("ref" in action && target === undefined)
          throw new Error(`There is no element ${action.ref} on the page.`);
        if (action.kind === "goto" && originOf(action.url) !== origin) {
          throw new Error(`${action.url} is outside of ${origin}, where this session stays.`);
        }
        await act(tabs.current(), action);
      });
    },
  };
}

/** The address of a start page can hold a user name and a password, which then come up wherever an address does. */
function withoutPasswords(report: Report): Report {
  const image = report.type === "step" ? report.image : undefined;
  const text = withoutCredentials(JSON.stringify({ ...report, image: undefined }));
  return { ...(JSON.parse(text) as Report), ...(image !== undefined && { image }) } as Report;
}

/** A page of the site by its address, with the user name and password of the start page; else the start page itself. */
function placeOf(url: string | undefined, start: string): string {
  if (url === undefined || !/^https?:/.test(url) || !isSameSite(start, url)) return start;
  const { username, password } = new URL(start);
  return Object.assign(new URL(url), { username, password }).href;
}
