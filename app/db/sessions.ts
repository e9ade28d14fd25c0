import { and, desc, eq, inArray, sql } from "drizzle-orm";
import { severities } from "../contract.ts";
import type { CreateSession, Finding, Session, Severity } from "../contract.ts";
import type { Database } from "./database.ts";
import { appendEvent } from "./events.ts";
import { withoutCredentials } from "../without-credentials.ts";
import { personaColumns } from "./personas.ts";
import { findings, personas, sessions } from "./schema.ts";

export const unfinished = inArray(sessions.status, ["queued", "running"]);

const columns = {
  id: sessions.id,
  persona: personaColumns,
  url: sessions.url,
  objective: sessions.objective,
  status: sessions.status,
  reason: sessions.reason,
  attempt: sql<number>`greatest(${sessions.attempt}, 1)`,
  steps: sessions.steps,
  findings: sql<Partial<Record<Severity, number>>>`(
    select coalesce(jsonb_object_agg(severity, number), '{}') from (
      select severity, count(*) as number from ${findings} as own
      where own.session_id = ${sessions.id} group by severity
    ) as counts)`,
  // Organizations share the queue, so those ahead are counted over all of them.
  queuePosition: sql<number | null>`case when ${sessions.status} = 'queued' then (
    select count(*)::int from ${sessions} as ahead
    where ahead.status = 'queued' and (ahead.created_at, ahead.id) < (${sessions.createdAt}, ${sessions.id})
  ) end`,
  createdAt: sessions.createdAt,
  startedAt: sessions.startedAt,
  endedAt: sessions.endedAt,
};

const select = (db: Database) =>
  db.select(columns).from(sessions).innerJoin(personas, eq(personas.id, sessions.personaId));

const noFindings = Object.fromEntries(severities.map((each) => [each, 0])) as Record<Severity, number>;

const toSession = (row: Awaited<ReturnType<typeof select>>[number]): Session => ({
  ...row,
  url: withoutCredentials(row.url),
  findings: { ...noFindings, ...row.findings },
  createdAt: row.createdAt.toISOString(),
  startedAt: row.startedAt?.toISOString() ?? null,
  endedAt: row.endedAt?.toISOString() ?? null,
});

const own = (orgId: string, id: string) => and(eq(sessions.orgId, orgId), eq(sessions.id, id));

/** The organization's newest sessions, newest first. */
export async function listSessions(db: Database, orgId: string, limit: number): Promise<Session[]> {
  const rows = await select(db)
    .where(eq(sessions.orgId, orgId))
    .orderBy(desc(sessions.createdAt), desc(sessions.id))
    .limit(limit);
  return rows.map(toSession);
}

export async function findSession(db: Database, orgId: string, id: string): Promise<Session | undefined> {
  const [row] = await select(db).where(own(orgId, id));
  return row && toSession(row);
}

export async function listFindings(db: Database, orgId: string, sessionId: string): Promise<Finding[]> {
  const rows = await db
    .select({ finding: findings.finding })
    .from(findings)
    .where(and(eq(findings.orgId, orgId), eq(findings.sessionId, sessionId)))
    .orderBy(
      sql`array_position(${sql.raw(`array['${severities.join("','")}']`)}, ${findings.severity}) desc`,
      findings.createdAt,
    );
  return rows.map(({ finding }) => finding);
}

interface Created {
  readonly id: string;
  /** `false` when a session with this idempotency key was there before. */
  readonly isNew: boolean;
  /** Whether the earlier session was asked for with the same input. */
  readonly isSame: boolean;
}

/** Inserts a queued session; with an idempotency key that is in use it answers with the session that has it. */
export async function createSession(
  db: Pick<Database, "insert" | "select">,
  orgId: string,
  input: CreateSession & { readonly scheduleId?: string },
  idempotencyKey?: string,
): Promise<Created> {
  const [created] = await db
    .insert(sessions)
    .values({ ...input, orgId, ...(idempotencyKey !== undefined && { idempotencyKey }) })
    .onConflictDoNothing({ target: [sessions.orgId, sessions.idempotencyKey] })
    .returning({ id: sessions.id });
  if (created) return { id: created.id, isNew: true, isSame: true };
  const [earlier] = await db
    .select({
      id: sessions.id,
      url: sessions.url,
      objective: sessions.objective,
      personaId: sessions.personaId,
    })
    .from(sessions)
    .where(and(eq(sessions.orgId, orgId), eq(sessions.idempotencyKey, idempotencyKey!)));
  const { id, ...before } = earlier!;
  const isSame =
    before.url === input.url && before.objective === input.objective && before.personaId === input.personaId;
  return { id, isNew: false, isSame };
}

/**
 * Ends a session that has not ended. A worker that runs it can write nothing from here on.
 *
 * @returns `seq` of the event that says so; `undefined` when there was nothing to cancel.
 */
export async function cancelSession(
  db: Database,
  orgId: string,
  id: string,
  reason: string,
): Promise<number | undefined> {
  return db.transaction(async (tx) => {
    const event = { type: "ended", status: "cancelled", reason } as const;
    const change = { status: event.status, reason, endedAt: sql`now()` };
    const position = await appendEvent(tx, and(own(orgId, id), unfinished)!, event, change);
    return position?.seq;
  });
}

/** @returns whether there was one to delete. */
export async function deleteSession(db: Database, orgId: string, id: string): Promise<boolean> {
  const deleted = await db.delete(sessions).where(own(orgId, id)).returning({ id: sessions.id });
  return deleted.length > 0;
}
