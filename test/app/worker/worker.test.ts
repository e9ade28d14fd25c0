import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { beginAttempt, failAttempt, releaseAttempt, writeEvent } from "../../../app/db/attempts.ts";
import { cancelSession, listFindings } from "../../../app/db/sessions.ts";
import { plantedFinding } from "../../support/scripted-session.ts";
import {
  enqueue,
  eventsOf,
  expectGapFree,
  find,
  services,
  stepsOf,
  tenant,
  untilItIs,
  work,
} from "./scene.ts";

test("a session goes from the queue to its verdict, with its steps, finding and pictures on record", async () => {
  const { sessionId } = await enqueue(3);
  await work(() => sleep(1));
  await untilItIs(sessionId, "passed");
  expect(await find(sessionId)).toMatchObject({ reason: "All 3 steps are done.", attempt: 1, steps: 3 });
  const events = await eventsOf(sessionId);
  expectGapFree(events);
  expect(events.map(({ type }) => type)).toEqual(["started", "step", "finding", "step", "step", "ended"]);
  for (const event of events) {
    if (event.type !== "step") continue;
    expect(event.screenshot).toBe(`org/${tenant.orgId}/session/${sessionId}/1/${event.step}.png`);
    expect(await services.storage.get(event.screenshot!)).toBeDefined();
  }
  expect(await listFindings(services.db, tenant.orgId, sessionId)).toEqual([plantedFinding]);
});

test("an attempt that fails is followed by another one, which says so and keeps what the first has found", async () => {
  const { sessionId } = await enqueue(2);
  let failures = 0;
  await work((step) =>
    step === 2 && failures++ === 0 ? Promise.reject(new Error("The browser ended.")) : sleep(1),
  );
  await untilItIs(sessionId, "passed", 15_000);
  const events = await eventsOf(sessionId);
  expectGapFree(events);
  expect(events.map(({ attempt, type }) => `${attempt} ${type}`)).toEqual([
    "1 started",
    "1 step",
    "1 finding",
    "2 started",
    "2 step",
    "2 step",
    "2 ended",
  ]);
  expect(await find(sessionId)).toMatchObject({ attempt: 2, steps: 2, findings: { serious: 1 } });
});

test("a session that fails three times ends, and says why", async () => {
  const { sessionId } = await enqueue(1);
  await work(() => Promise.reject(new Error("No Chromium was found.")));
  await untilItIs(sessionId, "failed", 30_000);
  const { reason, attempt } = await find(sessionId);
  expect(reason).toBe("TestFarm could not finish it: No Chromium was found.");
  expect(attempt).toBe(3);
  expect((await eventsOf(sessionId)).at(-1)).toMatchObject({ type: "ended", status: "failed", reason });
}, 40_000);

test("cancelling reaches a running session within 2 seconds, in the middle of a step", async () => {
  const { orgId, sessionId } = await enqueue(2);
  const [begun, stopped] = [vi.fn<() => void>(), vi.fn<() => void>()];
  await work(async (step, signal) => {
    if (step === 2) {
      begun();
      await once(signal, "abort").then(stopped);
    }
  });
  await vi.waitFor(() => expect(begun).toHaveBeenCalled());
  const seq = await cancelSession(services.db, orgId, sessionId, "Cancelled by a user.");
  await services.announcements.publish({ sessionId, seq: seq! });
  await vi.waitFor(() => expect(stopped).toHaveBeenCalled(), { timeout: 2_000, interval: 10 });
  await vi.waitFor(async () => expect(await services.queue.holds({ orgId, sessionId })).toBe(false));
  expect(await find(sessionId)).toMatchObject({
    status: "cancelled",
    reason: "Cancelled by a user.",
    attempt: 1,
  });
  expect((await eventsOf(sessionId)).at(-1)).toMatchObject({ type: "ended", status: "cancelled" });
});

test("a session that is cancelled while it waits is never begun", async () => {
  const { orgId, sessionId } = await enqueue(1);
  await cancelSession(services.db, orgId, sessionId, "Cancelled by a user.");
  await work(() => sleep(1));
  const next = await enqueue(1);
  await untilItIs(next.sessionId, "passed");
  expect((await eventsOf(sessionId)).map(({ type }) => type)).toEqual(["ended"]);
});

test("a worker that closes finishes the step under way, and the next one goes on after it in the same attempt", async () => {
  const { sessionId } = await enqueue(4);
  const [begin, finish] = [new AbortController(), new AbortController()];
  const first = await work(async (step) => {
    if (step !== 2) return;
    begin.abort();
    await once(finish.signal, "abort");
  });
  await once(begin.signal, "abort");
  const closed = first.close();
  await sleep(200);
  finish.abort();
  await closed;
  expect(await find(sessionId)).toMatchObject({ status: "queued", attempt: 1, steps: 2 });
  await work(() => sleep(1));
  await untilItIs(sessionId, "passed");
  const events = await eventsOf(sessionId);
  expectGapFree(events);
  expect(events.map((event) => ("step" in event ? `${event.type} ${event.step}` : event.type))).toEqual([
    "started",
    "step 1",
    "finding 1",
    "step 2",
    "continued 2",
    "step 3",
    "step 4",
    "ended",
  ]);
  expect(events.find(({ type }) => type === "continued")).toMatchObject({ lost: false, attempt: 1 });
  expect((await find(sessionId)).attempt).toBe(1);
});

test("a step that does not end keeps a closing worker for 10 seconds, and is then taken by the next one", async () => {
  const { sessionId } = await enqueue(2);
  const [begun, aborted] = [vi.fn<() => void>(), vi.fn<() => void>()];
  const first = await work(async (step, signal) => {
    if (step === 2) {
      begun();
      await once(signal, "abort").then(aborted);
    }
  });
  await vi.waitFor(() => expect(begun).toHaveBeenCalled());
  const closed = first.close();
  await sleep(1_000);
  expect(aborted).not.toHaveBeenCalled();
  await closed;
  expect(aborted).toHaveBeenCalled();
  expect(await find(sessionId)).toMatchObject({ status: "queued", steps: 1 });
  await work(() => sleep(1));
  await untilItIs(sessionId, "passed");
  expect(stepsOf(await eventsOf(sessionId))).toEqual([1, 2]);
}, 30_000);

test("the next worker is told what was done, and what of the budget is spent", async () => {
  const { orgId, sessionId } = await enqueue(2);
  const job = { orgId, sessionId };
  const first = (await beginAttempt(services.db, job))!;
  expect(first.checkpoint).toBeUndefined();
  const step = {
    type: "step",
    action: { kind: "back" },
    description: "Go back",
    reasoning: "r",
    title: "Shop",
    milliseconds: 1,
    error: null,
    screenshot: null,
  } as const;
  await sleep(60);
  await writeEvent(services.db, first, { ...step, step: 1, url: "http://shop.test/a", tokens: 700 });
  await writeEvent(services.db, first, {
    ...step,
    step: 2,
    url: "http://shop.test/b",
    error: "Too late",
    tokens: 50,
  });
  await releaseAttempt(services.db, first);
  await sleep(2_000);
  const second = (await beginAttempt(services.db, job))!;
  expect(second).toMatchObject({ attempt: 1, lease: 2 });
  expect(second.checkpoint).toEqual({
    step: 2,
    history: [
      { description: "Go back", error: null, url: "http://shop.test/a" },
      { description: "Go back", error: "Too late", url: "http://shop.test/b" },
    ],
    spent: { tokens: 750, milliseconds: expect.any(Number) },
  });
  // The wait between the two is nobody's.
  expect(second.checkpoint!.spent.milliseconds).toBeGreaterThanOrEqual(50);
  expect(second.checkpoint!.spent.milliseconds).toBeLessThan(2_000);
  await failAttempt(services.db, second);
  expect(await beginAttempt(services.db, job)).toMatchObject({ attempt: 2, lease: 3, checkpoint: undefined });
});
