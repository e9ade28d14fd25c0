import { expect, test } from "vitest";
import type { Agent } from "../../../app/agent/contract.ts";
import { chromium } from "../../support/chromium.ts";
import { describeWith } from "../../support/services.ts";
import { click, end, goto, play, refOf } from "./play.ts";
import { page, serveSite } from "./site.ts";

const forgetful = () => {
  throw new Error("the database is away");
};

const checkpoint = (url: string) => ({
  step: 3,
  history: [
    { description: "Open it", error: null, url: "http://shop.test/" },
    { description: "Go on", error: null, url },
  ],
  spent: { tokens: 900, milliseconds: 1_000 },
});

await describeWith(chromium, "the end of a session", (browsers) => {
  test("ends at its number of steps after the agent had its last word", async () => {
    const site = await serveSite({
      "/": page("<p>Here</p>"),
      "/a": page("<p>A</p>"),
      "/b": page("<p>B</p>"),
    });
    const paths = ["/a", "/b", "/a?2", "/b?2"].map((path) => goto(`${site.url}${path}`));
    const stubborn = await play({ browsers, url: site.url, budget: { maxSteps: 3 }, agent: paths });
    const reasonable = await play({
      browsers,
      url: site.url,
      budget: { maxSteps: 3 },
      agent: [...paths.slice(0, 2), end],
    });
    await site.close();
    expect(stubborn.verdict).toEqual({
      status: "failed",
      reason: "The objective was not reached within 3 steps.",
    });
    expect(stubborn.steps).toHaveLength(3);
    expect(stubborn.seen.at(-1)).toMatchObject({ step: 4, maxSteps: 3 });
    expect(reasonable.verdict.status).toBe("passed");
  });

  test("ends when it goes in circles", async () => {
    const site = await serveSite({ "/": page("<button>Nothing</button>") });
    const again = Array.from({ length: 10 }, () => click('button "Nothing"'));
    const { verdict, steps } = await play({ browsers, url: site.url, agent: again });
    await site.close();
    expect(verdict).toEqual({ status: "failed", reason: expect.stringContaining("in circles") });
    expect(steps).toHaveLength(3);
  });

  test("ends when its tokens are used up, and says how many they were", async () => {
    const site = await serveSite({ "/": page("<p>Here</p>") });
    let asked = 0;
    const agent: Agent = {
      decide: async () => ({
        kind: "act",
        action: { kind: "goto", url: `${site.url}/?${asked++}` },
        reasoning: "r",
        tokens: 600,
      }),
    };
    const { verdict, steps } = await play({ browsers, url: site.url, agent, budget: { maxTokens: 1_000 } });
    await site.close();
    expect(verdict).toEqual({
      status: "failed",
      reason: "The objective was not reached within 1,000 tokens; the model has used 1,200.",
    });
    expect(steps.map(({ tokens }) => tokens)).toEqual([undefined, 600, 600]);
  });

  test("that is paused completes the step under way, and drops what the agent is thinking about", async () => {
    const site = await serveSite({
      "/": page(`<a href="/slow">Slow</a>`),
      "/slow": (_, response) =>
        void setTimeout(
          () => response.writeHead(200, { "content-type": "text/html" }).end(page("There")),
          1_000,
        ),
    });
    const handedOver = new Error("Another worker goes on.");
    const inStep = new AbortController();
    const steps: string[] = [];
    const onStep = ({ description }: { description: string }) => void steps.push(description);
    const follow = click('link "Slow"');
    const acting = play({
      browsers,
      url: site.url,
      pause: inStep.signal,
      onStep,
      agent: [
        (observation) => {
          setTimeout(() => inStep.abort(handedOver), 300);
          return follow(observation);
        },
        goto(`${site.url}/`),
      ],
    });
    await expect(acting).rejects.toBe(handedOver);
    expect(steps).toEqual([`Open ${site.url}`, 'Click the link "Slow"']);

    const thinking = new AbortController();
    const agent: Agent = {
      decide: () => {
        setTimeout(() => thinking.abort(handedOver), 100);
        return new Promise(() => undefined);
      },
    };
    await expect(play({ browsers, url: site.url, pause: thinking.signal, agent })).rejects.toBe(handedOver);
    await site.close();
  });

  test("that is paused after its last step ends as the agent says, if that says it at once", async () => {
    const site = await serveSite({ "/": page(`<a href="/done">Done</a>`), "/done": page("Done") });
    const pause = new AbortController();
    const done = { kind: "end", passed: true, reason: "All is done." } as const;
    const { verdict } = await play({
      browsers,
      url: site.url,
      pause: pause.signal,
      onStep: ({ step }) => step === 2 && pause.abort(new Error("Another worker goes on.")),
      agent: [click('link "Done"'), () => done],
    });
    expect(verdict).toEqual({ status: "passed", reason: done.reason });
    await site.close();
  });

  test("goes on at a checkpoint: its page, its next step, its history, its budget", async () => {
    const site = await serveSite({
      "/": page("Start"),
      "/third": page(`<a href="/fourth">On</a>`),
      "/fourth": page("4"),
    });
    const { steps, seen, verdict } = await play({
      browsers,
      url: site.url,
      checkpoint: checkpoint(`${site.url}/third`),
      budget: { maxTokens: 1_000 },
      agent: {
        decide: async ({ step, snapshot }) =>
          step === 4
            ? {
                kind: "act",
                action: { kind: "click", ref: refOf(snapshot, 'link "On"') },
                reasoning: "r",
                tokens: 100,
              }
            : { kind: "end", passed: true, reason: "It went on without tokens." },
      },
    });
    expect(seen.map(({ step, url, history }) => [step, url, history.length])).toEqual([
      [4, `${site.url}/third`, 2],
    ]);
    expect(steps.map(({ step, url }) => [step, url])).toEqual([[4, `${site.url}/fourth`]]);
    expect(verdict).toEqual({
      status: "failed",
      reason: expect.stringContaining("the model has used 1,000"),
    });
    expect(site.requests).not.toContain("GET /");

    // What the other browser had is lost, and is no fault of the session.
    const fresh = await play({
      browsers,
      url: site.url,
      checkpoint: checkpoint(`${site.url}/third`),
      budget: { maxSteps: 2 },
      agent: ["/third?1", "/third?2", "/third?3"].map((path) => goto(`${site.url}${path}`)),
    });
    expect(fresh.steps.map(({ step }) => step)).toEqual([4, 5]);
    expect(fresh.seen.at(-1)).toMatchObject({ step: 6, maxSteps: 5 });
    expect(fresh.verdict.reason).toBe("The objective was not reached within 5 steps.");

    const late = { ...checkpoint(`${site.url}/third`), spent: { tokens: 0, milliseconds: 60_000 } };
    const { verdict: outOfTime } = await play({ browsers, url: site.url, checkpoint: late, agent: [] });
    expect(outOfTime.reason).toBe("The objective was not reached within 60 s.");
    await site.close();
  });

  test("goes on at its start page when the checkpoint is no page of the site or not there, and fails when it cannot be opened", async () => {
    const site = await serveSite({ "/": page("Start") });
    const { seen } = await play({
      browsers,
      url: site.url,
      checkpoint: checkpoint("chrome-error://x/"),
      agent: [],
    });
    expect(seen.map(({ step, url }) => [step, url])).toEqual([[4, `${site.url}/`]]);
    const gone = checkpoint(`${site.url}/orders/1`);
    const again = await play({ browsers, url: site.url, checkpoint: gone, agent: [] });
    expect(again.seen.map(({ step, url }) => [step, url])).toEqual([[4, `${site.url}/`]]);
    await site.close();
    await expect(
      play({ browsers, url: site.url, checkpoint: checkpoint(`${site.url}/third`), agent: [] }),
    ).rejects.toThrow(/\/third could not be opened again: .*ERR_CONNECTION_REFUSED/);
  });

  test("ends when its time is up, in the middle of a step", async () => {
    const site = await serveSite({ "/": page("<p>Here</p>"), "/never": () => undefined });
    const start = performance.now();
    const agent = [goto(`${site.url}/never`)];
    const { verdict } = await play({ browsers, url: site.url, budget: { maxMilliseconds: 3_000 }, agent });
    await site.close();
    expect(verdict).toEqual({ status: "failed", reason: "The objective was not reached within 3 s." });
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  const busy = page(`<button onclick="while (true);">Hang</button>`);
  test.each([
    ["a page that never answers", goto("/never")],
    ["a page whose script never ends", click('button "Hang"')],
    ["an agent that never decides", undefined],
  ])("is cancelled within 2 s in the middle of waiting for %s", async (_, line) => {
    const site = await serveSite({ "/": busy, "/never": () => undefined });
    const stop = new AbortController();
    let abortedAt = 0;
    const abort = () =>
      setTimeout(() => {
        abortedAt = performance.now();
        stop.abort();
      }, 700);
    const { verdict } = await play({
      browsers,
      url: site.url,
      signal: stop.signal,
      agent: {
        decide: async (observation) => {
          abort();
          const action = line?.(observation);
          if (action === undefined) return new Promise<never>(() => undefined);
          if (action.kind === "goto")
            return { kind: "act", action: { ...action, url: site.url + action.url }, reasoning: "" };
          return { kind: "act", action, reasoning: "" } as never;
        },
      },
    });
    const milliseconds = performance.now() - abortedAt;
    await site.close();
    expect(verdict).toEqual({ status: "cancelled", reason: "The session was cancelled." });
    expect(milliseconds).toBeLessThan(2_000);
  });

  test("is not begun when it was cancelled before", async () => {
    const { verdict, steps } = await play({
      browsers,
      url: "http://127.0.0.1:9",
      agent: [],
      signal: AbortSignal.abort(),
    });
    expect(verdict.status).toBe("cancelled");
    expect(steps).toEqual([]);
  });

  test("rejects, with its browser ended, when a report cannot be kept, the agent fails, or the browser dies", async () => {
    const site = await serveSite({ "/": page("<p>Here</p>") });
    const launched: { isConnected(): boolean; close(): Promise<void> }[] = [];
    const watched: typeof browsers = {
      launch: async (signal, address) => {
        const { browser, close } = await browsers.launch(signal, address);
        launched.push(browser);
        return { browser, close };
      },
    };
    const dies = {
      decide: async () => {
        await launched.at(-1)?.close();
        return { kind: "act", action: { kind: "back" }, reasoning: "" } as const;
      },
    };
    const fails = { decide: () => Promise.reject(new Error("the model is away")) };
    await expect(play({ browsers: watched, url: site.url, agent: [], onStep: forgetful })).rejects.toThrow(
      "database is away",
    );
    await expect(play({ browsers: watched, url: site.url, agent: fails })).rejects.toThrow("model is away");
    await expect(play({ browsers: watched, url: site.url, agent: dies })).rejects.toThrow(
      "The browser ended in the middle",
    );
    await site.close();
    await expect.poll(() => launched.map((browser) => browser.isConnected())).toEqual([false, false, false]);
  });
});
