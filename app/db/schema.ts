import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import { overlaps, sessionStatuses, severities } from "../contract.ts";
import type { Finding, SessionEvent } from "../contract.ts";
import { organizations } from "./auth-tables.ts";

const id = () => uuid("id").primaryKey().defaultRandom();
const moment = (name: string) => timestamp(name, { withTimezone: true });
const createdAt = () => moment("created_at").notNull().defaultNow();
/** Every row belongs to an organization, and every query names it. */
const orgId = () =>
  uuid("org_id")
    .notNull()
    .references(() => organizations.id, { onDelete: "cascade" });

export const personas = pgTable(
  "personas",
  {
    id: id(),
    orgId: orgId(),
    name: text("name").notNull(),
    description: text("description").notNull(),
    device: text("device", { enum: ["desktop", "phone"] }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [unique().on(table.orgId, table.id)],
);

/** What a session and a schedule have in common: who does what, where. */
const task = () => ({
  personaId: uuid("persona_id").notNull(),
  url: text("url").notNull(),
  objective: text("objective").notNull(),
});

const personaKey = (table: { orgId: AnyPgColumn; personaId: AnyPgColumn }) =>
  foreignKey({ columns: [table.orgId, table.personaId], foreignColumns: [personas.orgId, personas.id] });

export const sessions = pgTable(
  "sessions",
  {
    id: id(),
    orgId: orgId(),
    ...task(),
    status: text("status", { enum: sessionStatuses }).notNull().default("queued"),
    reason: text("reason"),
    /** Number of the newest attempt, 0 before the first. */
    attempt: integer("attempt").notNull().default(0),
    /** Whether the next worker begins another attempt: at first, and after one that failed. */
    restart: boolean("restart").notNull().default(true),
    /** Counts the workers that the session was given to. Writes of all but the newest are refused. */
    lease: integer("lease").notNull().default(0),
    steps: integer("steps").notNull().default(0),
    /** `seq` of the newest event. */
    lastSeq: integer("last_seq").notNull().default(0),
    /** Given by the client, or made from a schedule's due time: equal keys are one session. */
    idempotencyKey: text("idempotency_key"),
    /** The schedule that started it, while that exists. */
    scheduleId: uuid("schedule_id").references((): AnyPgColumn => schedules.id, { onDelete: "set null" }),
    createdAt: createdAt(),
    startedAt: moment("started_at"),
    endedAt: moment("ended_at"),
  },
  (table) => [
    personaKey(table),
    unique().on(table.orgId, table.id),
    unique().on(table.orgId, table.idempotencyKey),
    index().on(table.orgId, table.createdAt),
    index("sessions_unfinished")
      .on(table.createdAt)
      .where(sql`${table.status} in ('queued', 'running')`),
    index("sessions_unfinished_of_schedule")
      .on(table.scheduleId)
      .where(sql`${table.status} in ('queued', 'running')`),
    check("sessions_status", sql.raw(`status in (${sessionStatuses.map((each) => `'${each}'`).join(", ")})`)),
  ],
);

/** A part of a session goes when the session goes, and cannot belong to another organization than it. */
const ofSession = () => ({ orgId: uuid("org_id").notNull(), sessionId: uuid("session_id").notNull() });
const sessionKey = (table: { orgId: AnyPgColumn; sessionId: AnyPgColumn }) =>
  foreignKey({
    columns: [table.orgId, table.sessionId],
    foreignColumns: [sessions.orgId, sessions.id],
  }).onDelete("cascade");

export const sessionEvents = pgTable(
  "session_events",
  {
    ...ofSession(),
    seq: integer("seq").notNull(),
    attempt: integer("attempt").notNull(),
    type: text("type").$type<SessionEvent["type"]>().notNull(),
    /** The event without the columns beside it. */
    payload: jsonb("payload").notNull(),
    at: moment("at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.seq] }),
    sessionKey(table),
    // However many workers an attempt goes through, it takes each step once.
    uniqueIndex("session_events_step")
      .on(table.sessionId, table.attempt, sql`((payload ->> 'step')::int)`)
      .where(sql`type = 'step'`),
  ],
);

export const findings = pgTable(
  "findings",
  {
    ...ofSession(),
    fingerprint: text("fingerprint").notNull(),
    severity: text("severity", { enum: severities }).notNull(),
    finding: jsonb("finding").$type<Finding>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.fingerprint] }), sessionKey(table)],
);

export const schedules = pgTable(
  "schedules",
  {
    id: id(),
    orgId: orgId(),
    ...task(),
    /** Five fields, read in `timezone`. */
    cron: text("cron").notNull(),
    /** IANA name: `Europe/Madrid`. */
    timezone: text("timezone").notNull(),
    paused: boolean("paused").notNull().default(false),
    /** What becomes of a run that is due while an earlier one has not ended. */
    overlap: text("overlap", { enum: overlaps }).notNull().default("skip"),
    nextRunAt: moment("next_run_at").notNull(),
    createdAt: createdAt(),
  },
  (table) => [personaKey(table), index().on(table.nextRunAt)],
);
