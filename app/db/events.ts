import { and, asc, desc, eq, gt, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { PgUpdateSetSource } from "drizzle-orm/pg-core";
import type { SessionEvent } from "../contract.ts";
import type { Database, Transaction } from "./database.ts";
import { sessionEvents, sessions } from "./schema.ts";

type WithoutPosition<Event> = Event extends unknown ? Omit<Event, "seq" | "at" | "attempt"> : never;
export type NewEvent = WithoutPosition<SessionEvent>;

interface Appended {
  readonly seq: number;
  readonly attempt: number;
  readonly lease: number;
}

/**
 * Changes a session and adds the event that says so, under the session's next `seq`. The row's lock makes the sequence
 * gap-free: who else writes to the session waits for the end of the transaction.
 *
 * @param where names the session, and what must hold for the write to be allowed.
 * @returns `undefined`, with nothing written, when no session is as `where` says.
 */
export async function appendEvent(
  tx: Transaction,
  where: SQL,
  event: NewEvent,
  change: PgUpdateSetSource<typeof sessions> = {},
): Promise<Appended | undefined> {
  const [session] = await tx
    .update(sessions)
    .set({ ...change, lastSeq: sql`${sessions.lastSeq} + 1` })
    .where(where)
    .returning({
      orgId: sessions.orgId,
      sessionId: sessions.id,
      seq: sessions.lastSeq,
      attempt: sessions.attempt,
      lease: sessions.lease,
    });
  if (!session) return undefined;
  const { type, ...payload } = event;
  // The transaction's own time can lie before that of an event that was written while it waited.
  const { lease, ...position } = session;
  await tx.insert(sessionEvents).values({ ...position, type, payload, at: sql`clock_timestamp()` });
  return { ...position, lease };
}

const ofSession = (orgId: string, sessionId: string) =>
  and(eq(sessionEvents.orgId, orgId), eq(sessionEvents.sessionId, sessionId));

/** Where a session has got to; `undefined` when there is none. */
export async function findPosition(
  db: Database,
  orgId: string,
  sessionId: string,
): Promise<{ readonly lastSeq: number; readonly hasEnded: boolean } | undefined> {
  const [session] = await db
    .select({ lastSeq: sessions.lastSeq, endedAt: sessions.endedAt })
    .from(sessions)
    .where(and(eq(sessions.orgId, orgId), eq(sessions.id, sessionId)));
  return session && { lastSeq: session.lastSeq, hasEnded: session.endedAt !== null };
}

/** The events after a position, in order. */
export async function readEvents(
  db: Database,
  orgId: string,
  after: { sessionId: string; seq: number },
  limit: number,
): Promise<SessionEvent[]> {
  const rows = await db
    .select()
    .from(sessionEvents)
    .where(and(ofSession(orgId, after.sessionId), gt(sessionEvents.seq, after.seq)))
    .orderBy(asc(sessionEvents.seq))
    .limit(limit);
  return rows.map(toEvent);
}

const toEvent = ({ seq, at, attempt, type, payload }: typeof sessionEvents.$inferSelect) =>
  ({ seq, at: at.toISOString(), attempt, type, ...(payload as object) }) as SessionEvent;

/** All events of one attempt, in order. */
export async function readAttempt(
  tx: Transaction,
  { orgId, sessionId, attempt }: { orgId: string; sessionId: string; attempt: number },
): Promise<SessionEvent[]> {
  const rows = await tx
    .select()
    .from(sessionEvents)
    .where(and(ofSession(orgId, sessionId), eq(sessionEvents.attempt, attempt)))
    .orderBy(asc(sessionEvents.seq));
  return rows.map(toEvent);
}

/** Storage key of a step's picture, of the newest attempt that has the step. */
export async function findPicture(
  db: Database,
  orgId: string,
  sessionId: string,
  step: number,
): Promise<string | undefined> {
  const [row] = await db
    .select({ key: sql<string | null>`${sessionEvents.payload} ->> 'screenshot'` })
    .from(sessionEvents)
    .where(
      and(
        ofSession(orgId, sessionId),
        eq(sessionEvents.type, "step"),
        sql`(${sessionEvents.payload} ->> 'step')::int = ${step}`,
      ),
    )
    .orderBy(desc(sessionEvents.seq))
    .limit(1);
  return row?.key ?? undefined;
}
