import { setTimeout as sleep } from "node:timers/promises";
import type { Registry } from "prom-client";
import { expect, test } from "vitest";
import type { Chromium } from "../../../app/browser/chromium.ts";
import type { Pressure } from "../../../app/browser/admission.ts";
import { browserMetrics } from "../../../app/metrics/browser.ts";
import { workerMetrics, type AttemptEnd } from "../../../app/metrics/worker.ts";
import { HandOver } from "../../../app/queue/contract.ts";
import { watchAttempt, type Watch } from "../../../app/worker/watch.ts";
import { scriptedStep } from "../../support/scripted-session.ts";

const samples = async ({ registry }: { registry: Registry }, name: string): Promise<string[]> =>
  (await registry.metrics()).split("\n").filter((line) => line.startsWith(name) && !line.endsWith(" 0"));

const begun = { sessionId: "s", attempt: 1, lease: 1 };
const attempt = async (metrics: ReturnType<typeof workerMetrics>, run: () => Promise<AttemptEnd>) =>
  watchAttempt(begun, metrics, run).catch(() => undefined);

test("attempts are counted by how they ended, and while they run", async () => {
  const metrics = workerMetrics(3);
  await attempt(metrics, async () => {
    expect(await samples(metrics, "testfarm_worker_sessions")).toEqual(["testfarm_worker_sessions 1"]);
    return "passed";
  });
  await attempt(metrics, () => Promise.resolve("superseded"));
  await attempt(metrics, () => Promise.reject(new HandOver("This worker is shutting down.")));
  await attempt(metrics, () => Promise.reject(new Error("The browser ended.")));
  expect(await samples(metrics, "testfarm_attempts_total")).toEqual(
    ["passed", "superseded", "handed_over", "error"].map((end) => `testfarm_attempts_total{end="${end}"} 1`),
  );
  expect(await samples(metrics, "testfarm_worker_sessions")).toEqual([]);
});

/** One step, as a session walks: each of its parts takes its own time. */
async function walk(watch: Watch): Promise<AttemptEnd> {
  const { agent, browsers, record } = watch({
    browsers: { launch: async () => ({ browser: {} as never, close: () => sleep(0) }) },
    agent: {
      async decide() {
        await sleep(60);
        return { kind: "act", action: { kind: "back" }, reasoning: "Why not.", tokens: 700 };
      },
    },
    record: () => sleep(30),
  });
  const { signal } = new AbortController();
  await browsers.launch(signal, "http://shop.test/");
  await sleep(120);
  await agent.decide({ url: "", title: "", snapshot: "", step: 2, maxSteps: 25, history: [] }, signal);
  await record(scriptedStep(2, "http://shop.test/"));
  return "passed";
}

test("each part of a step is timed from the end of the one before, and tokens are added up", async () => {
  const metrics = workerMetrics(1);
  await watchAttempt(begun, metrics, walk);
  expect(await samples(metrics, "testfarm_step_part_duration_seconds_count")).toEqual(
    ["browser", "look", "think", "act", "record"].map(
      (part) => `testfarm_step_part_duration_seconds_count{part="${part}"} 1`,
    ),
  );
  const sums = await samples(metrics, "testfarm_step_part_duration_seconds_sum");
  const seconds = (part: string) => Number(sums.find((line) => line.includes(`"${part}"`))?.split(" ")[1]);
  expect(seconds("look")).toBeGreaterThan(0.11);
  expect(seconds("think")).toBeGreaterThan(0.05);
  expect(seconds("record")).toBeGreaterThan(0.02);
  expect(await samples(metrics, "testfarm_model_tokens_total")).toEqual(["testfarm_model_tokens_total 700"]);
});

function fakeBrowser() {
  const { promise, reject } = untilEnd();
  const browser: Pick<Chromium, "pipe" | "ended" | "close"> = {
    pipe: {} as never,
    ended: promise,
    close: () => Promise.resolve(reject(new Error("ended"))),
  };
  return { browser, crash: () => reject(new Error("crashed")) };
}

function untilEnd() {
  let reject!: (error: Error) => void;
  const promise = new Promise<never>((_, fail) => (reject = fail));
  promise.catch(() => undefined);
  return { promise, reject };
}

test("browsers are counted by whether they started, and by what ended them", async () => {
  const pressure = { running: 1, queued: 2, maxRunning: 3 } as Pressure;
  const load = { memoryLimit: 1_000, availableMemory: () => 400 };
  const metrics = browserMetrics({ pressure: () => pressure }, load);
  const [closed, crashed] = [fakeBrowser(), fakeBrowser()];
  const { signal } = new AbortController();
  const launch = (browser: ReturnType<typeof fakeBrowser>["browser"]) =>
    metrics.counted(() => Promise.resolve(browser))(signal);
  await (await launch(closed.browser)).close();
  await launch(crashed.browser);
  crashed.crash();
  await expect(metrics.counted(() => Promise.reject(new Error("no Chromium")))(signal)).rejects.toThrow(
    "no Chromium",
  );
  metrics.refused();
  expect(await samples(metrics, "testfarm_browser_ends_total")).toEqual([
    'testfarm_browser_ends_total{how="closed"} 1',
    'testfarm_browser_ends_total{how="died"} 1',
  ]);
  expect(await samples(metrics, "testfarm_browser_launch_duration_seconds_count")).toEqual([
    'testfarm_browser_launch_duration_seconds_count{result="ok"} 2',
    'testfarm_browser_launch_duration_seconds_count{result="failed"} 1',
  ]);
  expect(
    (await samples(metrics, "testfarm_browser")).filter((line) => !/_total|_duration_/.test(line)),
  ).toEqual([
    "testfarm_browsers 1",
    "testfarm_browser_places 3",
    "testfarm_browser_requests_waiting 2",
    "testfarm_browser_memory_bytes 600",
    "testfarm_browser_memory_limit_bytes 1000",
  ]);
  expect(await samples(metrics, "testfarm_browser_refusals_total")).toEqual([
    "testfarm_browser_refusals_total 1",
  ]);
});
