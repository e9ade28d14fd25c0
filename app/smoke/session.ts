import { setTimeout as sleep } from "node:timers/promises";
import { eq } from "drizzle-orm";
import type { Persona, Session, SessionEvent } from "../contract.ts";
import { sessions } from "../db/schema.ts";
import type { OpenServices } from "../services.ts";
import type { Visitor } from "./visitor.ts";

type Step = Extract<SessionEvent, { type: "step" }>;

/** How long a session may take. Milliseconds. */
export interface Patience {
  /** Until a worker takes it, where none is busy. Default: a minute, in which each looks for what the queue has lost. */
  readonly begin: number;
  /** Until it has ended. Default: what a worker gives a session, and what it may wait for others before. */
  readonly end: number;
}
export const patience: Patience = { begin: 60_000, end: 8 * 60_000 };

/** What the explorer can do on any site, and a model at once. */
const objective = "Look at the page. Nothing else has to be done.";

/** Starts a session on a site and waits for its end, of which the API tells as the worker announces it. */
export async function runSession(
  visitor: Visitor,
  db: OpenServices["db"],
  url: string,
  limits: Patience,
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly steps: readonly Step[]; readonly says: string }> {
  const persona = { name: "Smoke test", description: "Has never been here.", device: "desktop" };
  const { id: personaId } = (await (
    await visitor.ask("POST", "/api/personas", 201, persona)
  ).json()) as Persona;
  const created = await visitor.ask("POST", "/api/sessions", 201, { url, objective, personaId });
  const { id } = (await created.json()) as Session;
  const events = await follow(visitor, db, id, limits, signal);
  const end = events.find((event) => event.type === "ended");
  if (end === undefined) throw new Error("its events stop before its end");
  const steps = events.filter((event) => event.type === "step");
  if (end.status !== "passed") throw new Error(`the session on ${url} ended as ${end.status}: ${end.reason}`);
  const failed = steps.find(({ error }) => error !== null);
  if (failed && failed.step === 1) throw new Error(`${url} was not opened: ${failed.error}`);
  return {
    id,
    steps,
    says: `passed on ${url} after ${steps.length} ${steps.length === 1 ? "step" : "steps"}`,
  };
}

async function follow(
  visitor: Visitor,
  db: OpenServices["db"],
  id: string,
  { begin, end }: Patience,
  signal: AbortSignal,
): Promise<SessionEvent[]> {
  const giveUp = new AbortController();
  const over = new AbortController();
  const find = async () => (await (await visitor.ask("GET", `/api/sessions/${id}`, 200)).json()) as Session;
  const events: SessionEvent[] = [];

  const unattended = async () => {
    await sleep(begin, undefined, { signal: over.signal });
    const { queuePosition } = await find();
    const busy = await db.$count(sessions, eq(sessions.status, "running"));
    if (queuePosition !== 0 || busy > 0) return;
    giveUp.abort(
      new Error(
        `no worker has taken the session within ${begin / 1_000} s. Is one running, on the same queue?`,
      ),
    );
  };
  const unfinished = async () => {
    await sleep(end, undefined, { signal: over.signal });
    const { status, queuePosition } = await find();
    const place = queuePosition === null ? "" : `, with ${queuePosition} ahead of it`;
    giveUp.abort(new Error(`the session has not ended within ${end / 1_000} s; it is ${status}${place}`));
  };
  for (const watch of [unattended, unfinished])
    watch().catch((error: unknown) => over.signal.aborted || giveUp.abort(error));

  try {
    for await (const event of visitor.events(id, AbortSignal.any([signal, giveUp.signal])))
      events.push(event);
    return events;
  } catch (error) {
    giveUp.signal.throwIfAborted();
    throw error;
  } finally {
    over.abort();
  }
}
