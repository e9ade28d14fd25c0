/** The application on both sides of a promotion: somebody starts sessions by its API, and workers run them. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { startApi } from "../../../../app/api/start.ts";
import type { SessionEvent } from "../../../../app/contract.ts";
import { readEvents } from "../../../../app/db/events.ts";
import { findSession } from "../../../../app/db/sessions.ts";
import type { RedisAddress } from "../../../../app/redis/connect.ts";
import { openServices, type OpenServices } from "../../../../app/services.ts";
import { startWorker } from "../../../../app/worker/start.ts";
import { callerOf } from "../../../support/api.ts";
import { scriptedSession } from "../../../support/scripted-session.ts";
import { ids } from "../replication/server.ts";
import type { Place } from "./installation.ts";

const steps = 4;
/** Of a session's step, and between two sessions that are started. Milliseconds. */
const [stepTime, startTime] = [100, 250];
/** Until all sessions have ended, on a busy machine too. Milliseconds. */
const patience = 90_000;

/** What people and workers were told is there. */
interface Acknowledged {
  /** Objectives by the session's id. */
  readonly sessions: Map<string, string>;
  /** `<objective> <step>`, whose picture is that text. */
  readonly steps: Set<string>;
}

export const nothingYet = (): Acknowledged => ({ sessions: new Map(), steps: new Set() });

export interface Application {
  /** Starts a session. @returns whether it was taken. */
  startSession(): Promise<boolean>;
  /**
   * Waits until every session that was acknowledged has ended here. @returns what is not as it should be: a session that has
   * not passed, or has more than one end, an event that is missing, a picture that is another one.
   */
  problems(): Promise<string[]>;
  close(): Promise<void>;
}

/** API and worker of a side, in this process. */
export async function startApplication(
  { url, screenshots }: Place,
  redis: RedisAddress | undefined,
  acknowledged: Acknowledged,
): Promise<Application> {
  const common = { databaseUrl: url, directUrl: url, redis };
  const services = await openServices(
    typeof screenshots === "string"
      ? { ...common, storageDirectory: screenshots }
      : { ...common, bucket: screenshots },
    pino({ level: "silent" }),
  );
  const worker = await startWorker({ ...services, ...script(acknowledged), concurrency: 3 });
  const api = await startApi({
    ...services,
    hostname: "127.0.0.1",
    port: 0,
    authenticate: () => Promise.resolve({ orgId: ids.org, userId: null, name: "Program" }),
    offer: { demoSite: null, agent: null },
    isLocal: false,
  });
  const call = callerOf(`http://127.0.0.1:${api.port}`);
  return {
    async startSession() {
      const objective = `Do ${steps} steps for ${randomUUID()}`;
      const task = { url: "http://shop.test/", objective, personaId: ids.persona };
      const { status, body } = await call("POST", "/api/sessions", task);
      if (status === 201) acknowledged.sessions.set((body as { id: string }).id, objective);
      return status === 201;
    },
    async problems() {
      const deadline = performance.now() + patience;
      const found: string[] = [];
      for (const [id, objective] of acknowledged.sessions) {
        while (performance.now() < deadline && !(await hasEnded(services, id))) await sleep(200);
        found.push(...(await problemsOf(services, id, objective, acknowledged)));
      }
      return found;
    },
    async close() {
      await api.close();
      await worker.close();
      await services.close();
    },
  };
}

/** Starts sessions wherever they are taken, until it is stopped. */
export function keepStarting(applications: readonly Application[]): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const starting = Promise.all(
    applications.map(async ({ startSession }) => {
      while (!stopping.signal.aborted) {
        await startSession();
        await sleep(startTime);
      }
    }),
  );
  starting.catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      await starting;
    },
  };
}

/** Steps whose pictures tell them apart, each noted once it is answered. */
function script(acknowledged: Acknowledged): ReturnType<typeof scriptedSession> {
  const scripted = scriptedSession((_, signal) =>
    sleep(stepTime, undefined, { signal }).catch(() => undefined),
  );
  return {
    ...scripted,
    runSession: (options) =>
      scripted.runSession({
        ...options,
        async record(report) {
          if (report.type !== "step") return options.record(report);
          const name = `${options.task.objective} ${report.step}`;
          await options.record({ ...report, image: pictureOf(name) });
          acknowledged.steps.add(name);
        },
      }),
  };
}

const pictureOf = (name: string): Buffer => Buffer.from(`\u0089PNG\r\n\u001a\n${name}`, "latin1");

const hasEnded = async ({ db }: OpenServices, id: string): Promise<boolean> =>
  ((await findSession(db, ids.org, id))?.endedAt ?? null) !== null;

async function problemsOf(
  { db, storage }: OpenServices,
  id: string,
  objective: string,
  acknowledged: Acknowledged,
): Promise<string[]> {
  const session = await findSession(db, ids.org, id);
  if (session === undefined) return [`session ${id} is gone`];
  const found: string[] = [];
  const fail = (what: string) => found.push(`session ${id} ${what}`);
  const events = await readEvents(db, ids.org, { sessionId: id, seq: 0 }, 1_000);
  if (session.status !== "passed") fail(`is ${session.status}: ${session.reason}`);
  const count = events.filter(({ type }) => type === "ended").length;
  if (count !== 1) fail(`has ${count} ends`);
  if (events.some(({ seq }, index) => seq !== index + 1)) fail("has a hole between its events");
  for (let step = 1; step <= steps; step++) {
    const name = `${objective} ${step}`;
    const pictures = await Promise.all(picturesOf(events, step).map((key) => storage.get(key)));
    if (pictures.length === 0 && acknowledged.steps.has(name)) fail(`has no step ${step}`);
    if (pictures.some((picture) => !picture || pictureOf(name).compare(picture) !== 0))
      fail(`has another picture of step ${step}`);
  }
  return found;
}

const picturesOf = (events: readonly SessionEvent[], number: number): string[] =>
  events.flatMap((event) =>
    event.type === "step" && event.step === number && event.screenshot !== null ? [event.screenshot] : [],
  );
