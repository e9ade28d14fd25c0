import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import {
  beginAttempt,
  failAttempt,
  releaseAttempt,
  Superseded,
  writeEvent,
  writeFinding,
} from "../../../app/db/attempts.ts";
import { deleteSession } from "../../../app/db/sessions.ts";
import { createRecorder } from "../../../app/worker/recorder.ts";
import { plantedFinding, scriptedStep } from "../../support/scripted-session.ts";
import {
  enqueue,
  eventsOf,
  expectGapFree,
  find,
  services,
  stepsOf,
  untilItIs,
  work,
  workInProcess,
} from "./scene.ts";

test("a session whose worker is killed goes on with another one after its last step", async () => {
  const { sessionId } = await enqueue(40);
  const [first, second] = [workInProcess(), workInProcess()];
  await Promise.all([first, second].map(({ stdout }) => once(stdout, "data")));
  await vi.waitFor(async () => expect((await find(sessionId)).steps).toBeGreaterThan(3));
  const before = await eventsOf(sessionId);
  // Only one of them has it; killed together, neither is left, so a third one takes over.
  first.kill("SIGKILL");
  second.kill("SIGKILL");
  workInProcess();
  await untilItIs(sessionId, "passed", 30_000);
  const events = await eventsOf(sessionId);
  expectGapFree(events);
  expect(events.slice(0, before.length)).toEqual(before);
  expect(events.filter(({ type }) => type === "continued")).toEqual([
    expect.objectContaining({ lost: true }),
  ]);
  expect(stepsOf(events)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  expect(await find(sessionId)).toMatchObject({ attempt: 1, steps: 40, findings: { serious: 1 } });
}, 60_000);

test("a session whose worker is killed three times completes in its first attempt, each step once", async () => {
  const { sessionId } = await enqueue(60);
  for (let kills = 0; kills < 3; kills++) {
    const before = (await find(sessionId)).steps;
    const worker = workInProcess();
    await vi.waitFor(async () => expect((await find(sessionId)).steps).toBeGreaterThan(before + 2), {
      timeout: 30_000,
      interval: 20,
    });
    worker.kill("SIGKILL");
    await once(worker, "exit");
  }
  workInProcess();
  await untilItIs(sessionId, "passed", 60_000);
  const events = await eventsOf(sessionId);
  expectGapFree(events);
  expect(stepsOf(events)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  expect(events.filter(({ type }) => type === "continued")).toHaveLength(3);
  expect(await find(sessionId)).toMatchObject({ attempt: 1, reason: "All 60 steps are done." });
}, 180_000);

test("sessions that the queue has lost are found again", async () => {
  const jobs = [await enqueue(1), await enqueue(1)];
  await services.db.execute(sql`DELETE FROM bullmq.job`);
  await work(() => sleep(1));
  for (const { sessionId } of jobs) await untilItIs(sessionId, "passed");
  for (const { sessionId } of jobs) expect((await find(sessionId)).attempt).toBe(1);
});

test("a worker whose session was given to another one can change nothing any more", async () => {
  const job = await enqueue(1);
  const [old, current] = [await beginAttempt(services.db, job), await beginAttempt(services.db, job)];
  expect([old, current]).toMatchObject([
    { attempt: 1, lease: 1 },
    { attempt: 1, lease: 2 },
  ]);
  const before = await eventsOf(job.sessionId);
  const ended = { type: "ended", status: "failed", reason: "Too late." } as const;
  await expect(writeEvent(services.db, old!, ended)).rejects.toThrow(Superseded);
  await expect(writeFinding(services.db, old!, 1, plantedFinding)).rejects.toThrow(Superseded);
  await releaseAttempt(services.db, old!);
  await failAttempt(services.db, old!);
  await expect(
    createRecorder(services, old!, new AbortController().signal).report(
      scriptedStep(1, "http://shop.test/old"),
    ),
  ).rejects.toThrow(Superseded);
  expect(await eventsOf(job.sessionId)).toEqual(before);
  expect(await find(job.sessionId)).toMatchObject({ status: "running", findings: { serious: 0 } });
  const { report } = createRecorder(services, current!, new AbortController().signal);
  await report(scriptedStep(1, "http://shop.test/"));
  const [, , step] = await eventsOf(job.sessionId);
  expect(step).toMatchObject({
    type: "step",
    url: "http://shop.test/",
    screenshot: expect.stringMatching(/\/2\/1\.png$/),
  });
  await writeEvent(services.db, current!, { type: "ended", status: "passed", reason: "Done." });
});

test("the database holds a step of an attempt once, whoever writes it", async () => {
  const attempt = (await beginAttempt(services.db, await enqueue(1)))!;
  const { image: _, ...step } = scriptedStep(1, "http://shop.test/");
  await writeEvent(services.db, attempt, { ...step, screenshot: null });
  await expect(writeEvent(services.db, attempt, { ...step, screenshot: null })).rejects.toThrow(
    "Failed query",
  );
  expect(stepsOf(await eventsOf(attempt.sessionId))).toEqual([1]);
  expectGapFree(await eventsOf(attempt.sessionId));
});

test("events written at the same time have a sequence without gaps or doubles", async () => {
  const attempt = (await beginAttempt(services.db, await enqueue(1)))!;
  const findings = Array.from({ length: 30 }, (_, index) => ({ ...plantedFinding, fingerprint: `${index}` }));
  await Promise.all(findings.map((finding) => writeFinding(services.db, attempt, 1, finding)));
  expectGapFree(await eventsOf(attempt.sessionId));
  expect(await eventsOf(attempt.sessionId)).toHaveLength(31);
});

test("no picture stays of a session that was deleted while it ran", async () => {
  const { orgId, sessionId } = await enqueue(3);
  let gone = false;
  await work(async (step) => {
    if (step !== 2) return;
    await deleteSession(services.db, orgId, sessionId);
    gone = true;
  });
  await vi.waitFor(() => expect(gone).toBe(true));
  await vi.waitFor(async () => expect(await services.queue.holds({ orgId, sessionId })).toBe(false));
  for (const step of [1, 2, 3]) {
    expect(await services.storage.get(`org/${orgId}/session/${sessionId}/1/${step}.png`)).toBeUndefined();
  }
});
