/** A session of the old product as the new one would have written it: its row, its events in order, its findings. */
import { z } from "zod";
import { type Action, actionSchema, evidenceFields, type Finding } from "../../contract.ts";
import type { NewEvent } from "../events.ts";
import { Misfit } from "./conversions.ts";
import type { Old } from "./entities.ts";
import { newId } from "./identity.ts";
import type { NewRow } from "./tables.ts";

/** What has happened in a session, in its order. */
export type Happened =
  | {
      readonly type: "step";
      readonly action: Action;
      readonly old: Old<"actions">;
      readonly screenshot: string | null;
    }
  | { readonly type: "finding"; readonly finding: Finding; readonly old: Old<"findings"> };

const unfinished = "It had not ended in the old product when its database was imported.";
const noReason = "Imported from the old product, which kept no reason.";

const evidenceSchema = z.strictObject(evidenceFields);
/** Strict: what an action would lose is refused. */
const actionSchemas = actionSchema.options.map((option) => option.strict());

/** @throws {Misfit} when its parameters are not those of its kind. */
export function actionOf({ kind, parameters }: Pick<Old<"actions">, "kind" | "parameters">): Action {
  const schema = actionSchemas.find((each) => each.shape.kind.value === kind)!;
  if (parameters === null || typeof parameters !== "object" || Array.isArray(parameters))
    throw new Misfit("must be an object");
  if (Object.hasOwn(parameters, "kind")) throw new Misfit(`has a kind of its own, beside ${kind}`);
  const parsed = schema.safeParse({ ...parameters, kind });
  if (parsed.success) return parsed.data;
  throw new Misfit(`${explain(parsed.error)}, as ${kind} has it`);
}

/** @throws {Misfit} when its evidence is not as the new product has it. */
export function findingOf(old: Old<"findings">): Finding {
  const parsed = evidenceSchema.safeParse(old.evidence ?? {});
  if (!parsed.success) throw new Misfit(explain(parsed.error));
  const { kind, severity, title, detail, url } = old;
  // The old product did not tell equal problems of a session from others.
  return {
    fingerprint: newId("findings", old.id),
    kind,
    severity,
    title,
    detail,
    url,
    evidence: parsed.data,
  };
}

function explain({ issues }: z.ZodError): string {
  const [first] = issues;
  const path = first!.path.join(".");
  return path === "" ? first!.message : `${path}: ${first!.message}`;
}

/** What does not go together in a session, by field; `undefined` when it does. */
export function refuseSession(
  session: Old<"sessions">,
  hasHappened: boolean,
): { readonly field: "startedAt" | "endedAt"; readonly problem: string } | undefined {
  const { status, startedAt, endedAt } = session;
  if (hasHappened && startedAt === null)
    return { field: "startedAt", problem: `must be there, since the session has actions or findings` };
  const hasEnded = status !== "queued" && status !== "running";
  if (hasEnded && endedAt === null)
    return { field: "endedAt", problem: "must be there, since the session has ended" };
  return undefined;
}

/** What a session's row says of all that has happened in it. */
export interface Course {
  /** Steps and findings. */
  readonly events: number;
  /** Number of the last step. */
  readonly steps: number;
  /** When the last of it has happened; absent where nothing has. */
  readonly lastAt: Date | undefined;
}

/** The rows of a session, which need not be in memory together: it first, then what refers to it. */
export function sessionRows(session: Old<"sessions">, objective: string, course: Course, orgId: string) {
  const sessionId = newId("sessions", session.id);
  const { createdAt, startedAt } = session;
  const isUnfinished = session.status === "queued" || session.status === "running";
  const status = isUnfinished ? "cancelled" : session.status;
  const reason = isUnfinished ? unfinishedReason(session.reason) : (session.reason ?? noReason);
  const endedAt = session.endedAt ?? course.lastAt ?? startedAt ?? createdAt;
  // As one that is cancelled before a worker takes it.
  const attempt = startedAt === null ? 0 : 1;
  let seq = 0;
  const eventRow = ({ type, ...payload }: NewEvent, at: Date): NewRow => ({
    table: "sessionEvents",
    values: { orgId, sessionId, seq: (seq += 1), attempt, type, payload, at },
  });
  return {
    begin: (): NewRow[] => [
      {
        table: "sessions",
        values: {
          id: sessionId,
          orgId,
          personaId: newId("personas", session.personaId),
          url: session.url,
          objective,
          status,
          reason,
          attempt,
          restart: startedAt === null,
          lease: attempt,
          steps: course.steps,
          lastSeq: course.events + attempt + 1,
          idempotencyKey: null,
          scheduleId: session.scheduleId === null ? null : newId("schedules", session.scheduleId),
          createdAt,
          startedAt,
          endedAt,
        },
      },
      ...(startedAt === null ? [] : [eventRow({ type: "started" }, startedAt)]),
    ],
    /** In its order. */
    add(happened: Happened): NewRow[] {
      if (happened.type === "step") return [eventRow(stepEvent(happened), happened.old.createdAt)];
      const { finding, old } = happened;
      const { fingerprint, severity } = finding;
      return [
        eventRow({ type: "finding", step: old.step, finding }, old.createdAt),
        {
          table: "findings",
          values: { orgId, sessionId, fingerprint, severity, finding, createdAt: old.createdAt },
        },
      ];
    },
    end: (): NewRow[] => [eventRow({ type: "ended", status, reason }, endedAt)],
  };
}

const unfinishedReason = (reason: string | null): string =>
  reason === null ? unfinished : `${unfinished} Its reason there: ${reason}`;

function stepEvent({ old, action, screenshot }: Extract<Happened, { type: "step" }>): NewEvent {
  const { step, description, reasoning, tokens, url, title, milliseconds, error } = old;
  return {
    type: "step",
    step,
    action,
    description,
    reasoning: reasoning ?? "",
    ...(tokens !== null && { tokens }),
    url,
    title,
    milliseconds,
    error,
    screenshot,
  };
}
