import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { beforeEach, expect, vi } from "vitest";
import type { Session, SessionEvent } from "../../../app/contract.ts";
import { readEvents } from "../../../app/db/events.ts";
import { createSession, findSession } from "../../../app/db/sessions.ts";
import { openServices } from "../../../app/services.ts";
import type { OpenServices } from "../../../app/services.ts";
import { startWorker } from "../../../app/worker/start.ts";
import { createTenant } from "../../support/api.ts";
import type { Tenant } from "../../support/api.ts";
import { atEnd } from "../../support/at-end.ts";
import { migratedDatabase } from "../../support/postgres.ts";
import { scriptedSession } from "../../support/scripted-session.ts";

/** Before each test of a file that imports it: real services on an empty database, with one organization. */
let url: string;
let directory: string;
export let services: OpenServices;
export let tenant: Tenant;

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

export async function enqueue(steps: number): Promise<{ orgId: string; sessionId: string }> {
  const { orgId, personaId } = tenant;
  const task = { url: "http://shop.test/", objective: `Do ${steps} steps`, personaId };
  const { id } = await createSession(services.db, orgId, task);
  const job = { orgId, sessionId: id };
  await services.queue.add(job);
  return job;
}

export async function work(
  pause: Parameters<typeof scriptedSession>[0],
): Promise<{ close(): Promise<void> }> {
  const worker = await startWorker({ ...services, ...scriptedSession(pause), concurrency: 1 });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= worker.close());
  atEnd(close);
  return { close };
}

export function workInProcess(): ChildProcessByStdio<Writable, Readable, null> {
  const script = fileURLToPath(import.meta.resolve("../../support/worker-process.ts"));
  const child = spawn(process.execPath, ["--import", "tsx", script, url, directory], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  atEnd(() => child.kill("SIGKILL"));
  return child;
}

export const find = async (sessionId: string): Promise<Session> =>
  (await findSession(services.db, tenant.orgId, sessionId))!;
export const eventsOf = (sessionId: string): Promise<SessionEvent[]> =>
  readEvents(services.db, tenant.orgId, { sessionId, seq: 0 }, 1_000);
export const untilItIs = (sessionId: string, status: Session["status"], patience = 5_000) =>
  vi.waitFor(async () => expect((await find(sessionId)).status).toBe(status), {
    timeout: patience,
    interval: 20,
  });

export const stepsOf = (events: readonly SessionEvent[]) =>
  events.flatMap((event) => (event.type === "step" ? [event.step] : []));

export const expectGapFree = (events: readonly SessionEvent[]) =>
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
