/**
 * What the new product takes over, and what it has to know of each. The mapping says which table and columns of the old
 * database that is.
 */
import { findingKinds, sessionStatuses, severities } from "../../contract.ts";
import { createScheduleSchema } from "../../schedule/schedules.ts";
import { roles } from "../auth-tables.ts";
import type { FieldType, Values } from "./conversions.ts";

interface Field {
  readonly type: FieldType;
  /** Whether it may be NULL, or have no column at all. */
  readonly optional: boolean;
  /** The entity whose id it is. */
  readonly refersTo?: string;
  /** Whether rows are found, compared or sorted by it: by one column then. */
  readonly single?: true;
  /** The only ones that a choice may lead to. */
  readonly choices?: readonly string[];
  /** What is wrong with a value of the right type, in words. */
  readonly refuse?: (value: never) => string | undefined;
}

const field = <Type extends FieldType>(type: Type, refuse?: (value: Values[Type]) => string | undefined) => ({
  type,
  optional: false as const,
  ...(refuse && { refuse }),
});
const key = { type: "key", optional: false, single: true } as const;
const single = <F extends Field>(given: F) => ({ ...given, single: true as const });
const choice = <const Choices extends readonly string[]>(choices: Choices) => ({
  type: "choice" as const,
  optional: false as const,
  choices,
});
const reference = <const Name extends string>(refersTo: Name) => ({
  ...key,
  refersTo,
});
const optional = <F extends Field>(given: F): Omit<F, "optional"> & { readonly optional: true } => ({
  ...given,
  optional: true,
});

const notEmpty = (value: string) => (value.trim() === "" ? "must not be empty" : undefined);
const { url, cron, timezone } = createScheduleSchema.shape;
/** What the API asks of new ones, its lengths too. */
const asAsked =
  (schema: {
    safeParse(value: string): { error?: { issues: readonly { message: string }[] } | undefined };
  }) =>
  (value: string) =>
    schema.safeParse(value).error?.issues[0]?.message;
const from = (least: number) => (value: number) => (value < least ? `must be ${least} or more` : undefined);
/** Characters of an address: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1 */
export const longestAddress = 320;
const email = (value: string) => {
  if (!/^[^\s@]+@[^\s@]+$/.test(value)) return "must be an e-mail address";
  return value.length > longestAddress ? `must have ${longestAddress} characters at the most` : undefined;
};

export const entities = {
  users: {
    id: key,
    email: single(field("text", email)),
    name: field("text", notEmpty),
    role: choice(roles),
    emailVerified: optional(field("flag")),
    createdAt: field("moment"),
  },
  personas: {
    id: key,
    name: field("text", notEmpty),
    description: field("text"),
    device: choice(["desktop", "phone"]),
    createdAt: field("moment"),
  },
  /** A table of their own in the old product; sessions and schedules of the new one have the words themselves. */
  objectives: {
    id: key,
    text: field("text", notEmpty),
  },
  schedules: {
    id: key,
    personaId: reference("personas"),
    objectiveId: reference("objectives"),
    url: field("text", asAsked(url)),
    cron: field("text", asAsked(cron)),
    timezone: field("text", asAsked(timezone)),
    enabled: field("flag"),
    nextRunAt: field("moment"),
    createdAt: field("moment"),
  },
  sessions: {
    id: key,
    personaId: reference("personas"),
    objectiveId: reference("objectives"),
    scheduleId: optional(reference("schedules")),
    url: field("text", asAsked(url)),
    status: choice(sessionStatuses),
    reason: optional(field("text")),
    createdAt: field("moment"),
    startedAt: optional(field("moment")),
    endedAt: optional(field("moment")),
  },
  actions: {
    id: key,
    sessionId: reference("sessions"),
    step: single(field("integer", from(1))),
    kind: choice(["goto", "click", "fill", "select", "check", "back", "resize"]),
    /** What else an action of the new product has: `{ "ref": "e12", "text": "mug" }`. */
    parameters: field("json"),
    description: field("text"),
    reasoning: optional(field("text")),
    tokens: optional(field("integer", from(0))),
    url: field("text"),
    title: field("text"),
    milliseconds: field("integer", from(0)),
    error: optional(field("text")),
    screenshot: optional(field("picture")),
    createdAt: field("moment"),
  },
  findings: {
    id: key,
    sessionId: reference("sessions"),
    step: single(field("integer", from(0))),
    kind: choice(findingKinds),
    severity: choice(severities),
    title: field("text", notEmpty),
    detail: field("text"),
    url: field("text"),
    evidence: optional(field("json")),
    createdAt: field("moment"),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Field>>>>;

export type Entity = keyof typeof entities;

type ValueOf<F extends Field> = F extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : Values[F["type"]];
/** A row of the old database, read. */
export type Old<E extends Entity> = {
  readonly [Name in keyof (typeof entities)[E]]: (typeof entities)[E][Name] extends infer F extends Field
    ? F["optional"] extends true
      ? ValueOf<F> | null
      : ValueOf<F>
    : never;
};

/** The same without each one's own type, for who goes through all of them. */
export const fieldsOf = (entity: Entity): Readonly<Record<string, Field>> => entities[entity];
