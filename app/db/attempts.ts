import { and, eq, sql } from "drizzle-orm";
import type { Finding, Session } from "../contract.ts";
import type { Database } from "./database.ts";
import type { Checkpoint } from "../session/contract.ts";
import { checkpointOf } from "./checkpoint.ts";
import { appendEvent, readAttempt } from "./events.ts";
import type { NewEvent } from "./events.ts";
import { personaColumns } from "./personas.ts";
import { findings, personas, sessions } from "./schema.ts";
import { unfinished } from "./sessions.ts";

/** One try of one session on one worker. What that writes is refused once the session was given to another one. */
export interface Attempt {
  readonly orgId: string;
  readonly sessionId: string;
  /** Goes up when a try fails: the next one starts at the first step. */
  readonly attempt: number;
  /** Goes up with each worker that the session is given to. */
  readonly lease: number;
}

type Named = Pick<Attempt, "orgId" | "sessionId">;

export interface Begun extends Attempt {
  readonly task: Pick<Session, "url" | "objective" | "persona">;
  /** `seq` of the event that says that it has begun, or goes on. */
  readonly seq: number;
  /** Where an earlier worker got to; absent at the first step. */
  readonly checkpoint: Checkpoint | undefined;
}

/** The attempt may write no more: the session was cancelled or deleted, or another worker has taken it over. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

const isCurrent = ({ orgId, sessionId, attempt, lease }: Attempt) =>
  and(
    eq(sessions.orgId, orgId),
    eq(sessions.id, sessionId),
    eq(sessions.attempt, attempt),
    eq(sessions.lease, lease),
    eq(sessions.status, "running"),
  )!;

const isUnfinished = ({ orgId, sessionId }: Named) =>
  and(eq(sessions.orgId, orgId), eq(sessions.id, sessionId), unfinished)!;

/**
 * Gives a session to a worker: for its first attempt, for another one after a failure, or to go on with one whose worker
 * has handed it over or was lost. Whoever had it before can write nothing from here on.
 *
 * @returns `undefined` when it has ended or is gone.
 */
export async function beginAttempt(db: Database, session: Named): Promise<Begun | undefined> {
  return db.transaction(async (tx) => {
    const [before] = await tx
      .select({ status: sessions.status, attempt: sessions.attempt, restart: sessions.restart })
      .from(sessions)
      .where(isUnfinished(session))
      .for("update");
    if (!before) return undefined;
    const { restart, status } = before;
    const checkpoint = restart ? undefined : checkpointOf(await readAttempt(tx, { ...session, ...before }));
    const event: NewEvent = restart
      ? { type: "started" }
      : { type: "continued", step: checkpoint?.step ?? 0, lost: status === "running" };
    const appended = await appendEvent(tx, isUnfinished(session), event, {
      status: "running",
      lease: sql`${sessions.lease} + 1`,
      restart: false,
      ...(restart && { attempt: before.attempt + 1, steps: 0 }),
      startedAt: sql`coalesce(${sessions.startedAt}, now())`,
    });
    if (!appended) return undefined;
    const [task] = await tx
      .select({ url: sessions.url, objective: sessions.objective, persona: personaColumns })
      .from(sessions)
      .innerJoin(personas, eq(personas.id, sessions.personaId))
      .where(and(eq(sessions.orgId, session.orgId), eq(sessions.id, session.sessionId)));
    const { attempt, lease, seq } = appended;
    return { ...session, attempt, lease, seq, checkpoint, task: task! };
  });
}

/** Whether the attempt may still write. */
export async function isStillCurrent(db: Database, attempt: Attempt): Promise<boolean> {
  return (await db.$count(sessions, isCurrent(attempt))) > 0;
}

/**
 * Adds an event of an attempt, and the session's new state with it.
 *
 * @returns the event's `seq`.
 * @throws {Superseded} with nothing written.
 */
export async function writeEvent(db: Database, attempt: Attempt, event: NewEvent): Promise<number> {
  return db.transaction(async (tx) => {
    const appended = await appendEvent(tx, isCurrent(attempt), event, changeBy(event));
    if (!appended) throw superseded(attempt);
    return appended.seq;
  });
}

const changeBy = (event: NewEvent) => {
  if (event.type === "step") return { steps: event.step };
  if (event.type === "ended") return { status: event.status, reason: event.reason, endedAt: sql`now()` };
  return {};
};

/**
 * Adds a finding and its event. One that an earlier attempt has reported is not reported again.
 *
 * @returns the event's `seq`; `undefined` when the finding is known.
 * @throws {Superseded} with nothing written.
 */
export async function writeFinding(
  db: Database,
  attempt: Attempt,
  step: number,
  finding: Finding,
): Promise<number | undefined> {
  if (!(await isStillCurrent(db, attempt))) throw superseded(attempt);
  const { orgId, sessionId } = attempt;
  return db.transaction(async (tx) => {
    const { fingerprint, severity } = finding;
    const added = await tx
      .insert(findings)
      .values({ orgId, sessionId, fingerprint, severity, finding })
      .onConflictDoNothing()
      .returning({ fingerprint: findings.fingerprint });
    if (added.length === 0) return undefined;
    const appended = await appendEvent(tx, isCurrent(attempt), { type: "finding", step, finding });
    if (!appended) throw superseded(attempt);
    return appended.seq;
  });
}

/** Puts the session back, for another worker to go on with; nothing when the attempt may write no more. */
export async function releaseAttempt(db: Database, attempt: Attempt): Promise<void> {
  await db.update(sessions).set({ status: "queued" }).where(isCurrent(attempt));
}

/** The same after a failure: the next worker begins another attempt. */
export async function failAttempt(db: Database, attempt: Attempt): Promise<void> {
  await db.update(sessions).set({ status: "queued", restart: true }).where(isCurrent(attempt));
}

/**
 * Ends a session that no worker will try again.
 *
 * @returns `seq` of the event that says so; `undefined` when the session has ended already.
 */
export async function failSession(db: Database, session: Named, reason: string): Promise<number | undefined> {
  return db.transaction(async (tx) => {
    const event = { type: "ended", status: "failed", reason } as const;
    return (await appendEvent(tx, isUnfinished(session), event, changeBy(event)))?.seq;
  });
}

/** Every organization's sessions that have not ended, oldest first: what the queue should know. */
export async function listUnfinished(db: Database): Promise<Named[]> {
  return db
    .select({ orgId: sessions.orgId, sessionId: sessions.id })
    .from(sessions)
    .where(unfinished)
    .orderBy(sessions.createdAt);
}

const superseded = ({ sessionId, attempt }: Attempt) =>
  new Superseded(`Attempt ${attempt} of session ${sessionId} is no longer the one that runs it.`);
