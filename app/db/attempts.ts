import { and, eq, sql } from "drizzle-orm";
import type { Finding, Session } from "../contract.ts";
import type { Database } from "./database.ts";
import { appendEvent } from "./events.ts";
import type { NewEvent } from "./events.ts";
import { personaColumns } from "./personas.ts";
import { findings, personas, sessions } from "./schema.ts";
import { unfinished } from "./sessions.ts";

/** One try of one session. What a worker writes carries it, and is refused once the attempt is no longer the newest. */
export interface Attempt {
  readonly orgId: string;
  readonly sessionId: string;
  readonly attempt: number;
}

export interface Begun extends Attempt {
  readonly task: Pick<Session, "url" | "objective" | "persona">;
  /** `seq` of the event that says that it has begun. */
  readonly seq: number;
}

/** The attempt may write no more: the session was cancelled or deleted, or another worker has taken it over. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

const isCurrent = ({ orgId, sessionId, attempt }: Attempt) =>
  and(
    eq(sessions.orgId, orgId),
    eq(sessions.id, sessionId),
    eq(sessions.attempt, attempt),
    eq(sessions.status, "running"),
  )!;

const isUnfinished = ({ orgId, sessionId }: Omit<Attempt, "attempt">) =>
  and(eq(sessions.orgId, orgId), eq(sessions.id, sessionId), unfinished)!;

/** Begins the next attempt of a session; `undefined` when it has ended or is gone. */
export async function beginAttempt(
  db: Database,
  session: Omit<Attempt, "attempt">,
): Promise<Begun | undefined> {
  return db.transaction(async (tx) => {
    const appended = await appendEvent(
      tx,
      isUnfinished(session),
      { type: "started" },
      {
        status: "running",
        attempt: sql`${sessions.attempt} + 1`,
        steps: 0,
        startedAt: sql`coalesce(${sessions.startedAt}, now())`,
      },
    );
    if (!appended) return undefined;
    const [task] = await tx
      .select({ url: sessions.url, objective: sessions.objective, persona: personaColumns })
      .from(sessions)
      .innerJoin(personas, eq(personas.id, sessions.personaId))
      .where(and(eq(sessions.orgId, session.orgId), eq(sessions.id, session.sessionId)));
    return { ...session, attempt: appended.attempt, seq: appended.seq, task: task! };
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

/** Puts the session back to wait for another worker; nothing when the attempt may write no more. */
export async function releaseAttempt(db: Database, attempt: Attempt): Promise<void> {
  await db.update(sessions).set({ status: "queued" }).where(isCurrent(attempt));
}

/**
 * Ends a session that no worker will try again.
 *
 * @returns `seq` of the event that says so; `undefined` when the session has ended already.
 */
export async function failSession(
  db: Database,
  session: Omit<Attempt, "attempt">,
  reason: string,
): Promise<number | undefined> {
  return db.transaction(async (tx) => {
    const event = { type: "ended", status: "failed", reason } as const;
    return (await appendEvent(tx, isUnfinished(session), event, changeBy(event)))?.seq;
  });
}

/** Every organization's sessions that have not ended, oldest first: what the queue should know. */
export async function listUnfinished(db: Database): Promise<Omit<Attempt, "attempt">[]> {
  return db
    .select({ orgId: sessions.orgId, sessionId: sessions.id })
    .from(sessions)
    .where(unfinished)
    .orderBy(sessions.createdAt);
}

const superseded = ({ sessionId, attempt }: Attempt) =>
  new Superseded(`Attempt ${attempt} of session ${sessionId} is no longer the one that runs it.`);
