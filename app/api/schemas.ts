import { z } from "@hono/zod-openapi";
import { evidenceFields, findingKinds, overlaps, sessionStatuses, severities } from "../contract.ts";
import type { ApiError, Finding, Me, Move, Persona, Session } from "../contract.ts";

/** Fails to compile when a schema says something else than the contract. */
type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const says =
  <Contract>() =>
  <S extends z.ZodType>(schema: S & (Equal<z.output<S>, Contract> extends true ? unknown : never)): S =>
    schema;

const moment = z.iso.datetime();

export const personaSchema = says<Persona>()(
  z
    .object({
      id: z.uuid(),
      name: z.string(),
      description: z.string(),
      device: z.enum(["desktop", "phone"]),
    })
    .openapi("Persona"),
);

export const sessionSchema = says<Session>()(
  z
    .object({
      id: z.uuid(),
      persona: personaSchema,
      url: z.string(),
      objective: z.string(),
      status: z.enum(sessionStatuses),
      reason: z.string().nullable(),
      attempt: z.int(),
      steps: z.int(),
      findings: z.record(z.enum(severities), z.int()),
      queuePosition: z.int().nullable(),
      createdAt: moment,
      startedAt: moment.nullable(),
      endedAt: moment.nullable(),
    })
    .openapi("Session"),
);

export const findingSchema = says<Finding>()(
  z
    .object({
      fingerprint: z.string(),
      kind: z.enum(findingKinds),
      severity: z.enum(severities),
      title: z.string(),
      detail: z.string(),
      url: z.string(),
      evidence: z.object(evidenceFields),
    })
    .openapi("Finding"),
);

export const meSchema = says<Me>()(
  z
    .object({
      user: z.object({ name: z.string() }),
      organization: z.object({ id: z.uuid(), name: z.string() }),
      canSignOut: z.boolean(),
      demoSite: z.string().nullable(),
      agent: z.enum(["explorer", "model"]).nullable(),
    })
    .openapi("Me"),
);

export const moveSchema = says<Move>()(
  z.object({ isMoving: z.boolean(), movedTo: z.string().nullable() }).openapi("Move"),
);

const errorSchema = says<ApiError>()(
  z
    .object({
      error: z.object({
        code: z.string(),
        message: z.string(),
        issues: z
          .array(z.object({ path: z.string(), message: z.string() }))
          .readonly()
          .exactOptional(),
      }),
    })
    .openapi("Error"),
);

export const scheduleSchema = z
  .object({
    id: z.uuid(),
    personaId: z.uuid(),
    url: z.string(),
    objective: z.string(),
    cron: z.string(),
    timezone: z.string(),
    paused: z.boolean(),
    overlap: z.enum(overlaps),
    nextRunAt: moment,
  })
  .openapi("Schedule");

const json = <S extends z.ZodType>(schema: S) => ({ "application/json": { schema } });

export const bodyOf = <S extends z.ZodType>(schema: S) => ({
  content: json(schema),
  required: true as const,
});
export const answerOf = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: json(schema),
});
export const refusal = (description: string) => ({ description, content: json(errorSchema) });

export const sessionParams = z.object({ id: z.uuid() });
