import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { pino } from "pino";
import { beforeEach, expect, test, vi } from "vitest";
import type { Session, SessionEvent } from "../../../app/contract.ts";
import {
  beginAttempt,
  failAttempt,
  releaseAttempt,
  Superseded,
  writeEvent,
  writeFinding,
} from "../../../app/db/attempts.ts";
import { readEvents } from "../../../app/db/events.ts";
import {
  cancelSession,
  createSession,
  deleteSession,
  findSession,
  listFindings,
} from "../../../app/db/sessions.ts";
import { openServices } from "../../../app/services.ts";
import type { OpenServices } from "../../../app/services.ts";
import { createRecorder } from "../../../app/worker/recorder.ts";
import { startWorker } from "../../../app/worker/start.ts";
import { createTenant } from "../../support/api.ts";
import type { Tenant } from "../../support/api.ts";
import { atEnd } from "../../support/at-end.ts";
import { migratedDatabase } from "../../support/postgres.ts";
import { plantedFinding, scriptedSession, scriptedStep } from "../../support/scripted-session.ts";

let url: string;
let directory: string;
let services: OpenServices;
let tenant: Tenant;

beforeEach(async () => {
  url = await migratedDatabase();
  const temporary = await mkdtemp(join(tmpdir(), "testfarm-worker-"));
  directory = temporary;
  services = await openServices(
    { databaseUrl: url, directUrl: url, storageDirectory: directory },
    pino({ level: "silent" }),
  );
  atEnd(() => rm(temporary, { recursive: true }));
  atEnd(services.close);
  tenant = await createTenant(services, "Own");
});

async function enqueue(steps: number): Promise<{ orgId: string; sessionId: string }> {
  const { orgId, personaId } = tenant;
  const task = { url: "http://shop.test/", objective: `Do ${steps} steps`, personaId };
  const { id } = await createSession(services.db, orgId, task);
  const job = { orgId, sessionId: id };
  await services.queue.add(job);
  return job;
}

async function work(pause: Parameters<typeof scriptedSession>[0]): Promise<{ close(): Promise<void> }> {
  const worker = await startWorker({ ...services, ...scriptedSession(pause), concurrency: 1 });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= worker.close());
  atEnd(close);
  return { close };
}

function workInProcess(): ChildProcessByStdio<Writable, Readable, null> {
  const script = fileURLToPath(import.meta.resolve("../../support/worker-process.ts"));
  const child = spawn(process.execPath, ["--import", "tsx", script, url, directory], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  atEnd(() => child.kill("SIGKILL"));
  return child;
}

const find = async (sessionId: string): Promise<Session> =>
  (await findSession(services.db, tenant.orgId, sessionId))!;
const eventsOf = (sessionId: string): Promise<SessionEvent[]> =>
  readEvents(services.db, tenant.orgId, { sessionId, seq: 0 }, 1_000);
const untilItIs = (sessionId: string, status: Session["status"], patience = 5_000) =>
  vi.waitFor(async () => expect((await find(sessionId)).status).toBe(status), {
    timeout: patience,
    interval: 20,
  });

const stepsOf = (events: readonly SessionEvent[]) =>
  events.flatMap((event) => (event.type === "step" ? [event.step] : []));

const expectGapFree = (events: readonly SessionEvent[]) =>
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));

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
  await sleep(500);
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
  expect(second.checkpoint!.spent.milliseconds).toBeLessThan(500);
  await failAttempt(services.db, second);
  expect(await beginAttempt(services.db, job)).toMatchObject({ attempt: 2, lease: 3, checkpoint: undefined });
});

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
