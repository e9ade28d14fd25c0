/**
 * What the API, the worker, the web page and the command line say to each other. Types only where the page needs no
 * check of its own; schemas where somebody else's input enters.
 */
import { z } from "zod";

/** Axe-core's scale, used for every finding. */
export const severities = ["minor", "moderate", "serious", "critical"] as const;
export type Severity = (typeof severities)[number];

export const findingKinds = [
  "accessibility",
  "missing-label",
  "console-error",
  "failed-request",
  "dead-link",
  "slow-response",
  "horizontal-overflow",
  "usability",
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** A problem of the tested site, with what shows it. */
export interface Finding {
  /** Equal for the same problem seen twice in a session; the second sighting is not reported again. */
  readonly fingerprint: string;
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** One line in plain words, as a tester would put it: `The search field has no label`. */
  readonly title: string;
  /** What it means for a user and how to mend it. */
  readonly detail: string;
  /** Page on which it was seen. */
  readonly url: string;
  readonly evidence: {
    /** CSS selector of the element. */
    readonly selector?: string;
    /** The element's HTML, cut at 500 characters. */
    readonly html?: string;
    /** The browser's own message, cut at 500 characters. */
    readonly message?: string;
    /** Address of the request or link. */
    readonly target?: string;
    readonly status?: number;
    readonly milliseconds?: number;
    /** Where the rule is explained. */
    readonly help?: string;
  };
}

/** The same as a schema has them, which says itself what becomes of others. */
export const evidenceFields = {
  selector: z.string().exactOptional(),
  html: z.string().exactOptional(),
  message: z.string().exactOptional(),
  target: z.string().exactOptional(),
  status: z.int().exactOptional(),
  milliseconds: z.number().exactOptional(),
  help: z.string().exactOptional(),
};

/** What an agent can do to a page. `ref` names an element of the last page description (`[ref=e12]`). */
export const actionSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("goto"), url: z.url() }),
  z.object({ kind: z.literal("click"), ref: z.string() }),
  z.object({ kind: z.literal("fill"), ref: z.string(), text: z.string() }),
  z.object({ kind: z.literal("select"), ref: z.string(), option: z.string() }),
  z.object({ kind: z.literal("check"), ref: z.string() }),
  z.object({ kind: z.literal("back") }),
  z.object({ kind: z.literal("resize"), device: z.enum(["desktop", "phone"]) }),
]);
export type Action = z.output<typeof actionSchema>;

export const sessionStatuses = ["queued", "running", "passed", "failed", "cancelled"] as const;
export type SessionStatus = (typeof sessionStatuses)[number];

export interface Persona {
  readonly id: string;
  readonly name: string;
  /** Who this is and how they use a site, in the words the model gets. */
  readonly description: string;
  readonly device: "desktop" | "phone";
}

export interface Session {
  readonly id: string;
  readonly persona: Persona;
  /** Where the session starts; it stays on this origin. */
  readonly url: string;
  readonly objective: string;
  readonly status: SessionStatus;
  /** Why it ended, in a sentence; `null` while it has not. */
  readonly reason: string | null;
  /** Which try this is, from 1. A try that failed is followed by one from the first step, in a new browser. */
  readonly attempt: number;
  readonly steps: number;
  readonly findings: Readonly<Record<Severity, number>>;
  /** Sessions ahead of this one in the queue; `null` unless queued. */
  readonly queuePosition: number | null;
  /** ISO 8601 in UTC, here and below. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** One thing that happened in a session, in the order of `seq` (1, 2, 3, ... without gaps). */
export type SessionEvent = { readonly seq: number; readonly at: string; readonly attempt: number } &
  /** An attempt begins, from the first step. */
  (
    | { readonly type: "started" }
    /** The attempt goes on after its last complete step on another worker, in a new browser. */
    | {
        readonly type: "continued";
        /** The last complete step; 0 before the first. */
        readonly step: number;
        /** Whether the worker before was lost; `false` when it handed the session over. */
        readonly lost: boolean;
      }
    | {
        readonly type: "step";
        /** 1 for the first step of the session. */
        readonly step: number;
        readonly action: Action;
        /** The action in words, with the element's name: `Click the button "Add to cart"`. */
        readonly description: string;
        /** Why the agent chose it. */
        readonly reasoning: string;
        /** What a model read and wrote to choose it; absent when no model was asked. */
        readonly tokens?: number;
        /** Page after the action. */
        readonly url: string;
        readonly title: string;
        readonly milliseconds: number;
        /** Why the action could not be carried out; `null` when it was. */
        readonly error: string | null;
        /** Key of the picture taken after the action; `GET /api/sessions/{id}/screenshots/{step}` serves it. */
        readonly screenshot: string | null;
      }
    | { readonly type: "finding"; readonly step: number; readonly finding: Finding }
    | {
        readonly type: "ended";
        readonly status: Exclude<SessionStatus, "queued" | "running">;
        readonly reason: string;
      }
  );

export const createSessionSchema = z.object({
  url: z.url({ protocol: /^https?$/, error: "must be an http or https address" }).max(2_000),
  objective: z.string().trim().min(3, "say in a few words what the user wants to do").max(2_000),
  personaId: z.uuid("choose a persona"),
});
export type CreateSession = z.output<typeof createSessionSchema>;

/** What becomes of a scheduled run while an earlier one of its schedule has not ended: none is started, or it waits. */
export const overlaps = ["skip", "queue"] as const;

export const createPersonaSchema = z.object({
  name: z.string().trim().min(1, "give the persona a name").max(80),
  description: z.string().trim().min(3, "say in a few words how this person uses a site").max(2_000),
  device: z.enum(["desktop", "phone"]),
});
export type CreatePersona = z.output<typeof createPersonaSchema>;

/** What the first owner of an installation says about themselves. */
export const bootstrapSchema = z.object({
  /** One-time token: the output `OWNER_BOOTSTRAP_TOKEN`, or what the API logged. */
  token: z.string("paste the token").min(1, "paste the token").max(200),
  organization: z.string().trim().min(1, "give the organization a name").max(80),
  name: z.string().trim().min(1, "say what you are called").max(80),
  email: z.email("must be an e-mail address").max(200),
  password: z
    .string()
    .min(12, "must have at least 12 characters")
    .max(128, "must have at most 128 characters"),
});
export type Bootstrap = z.output<typeof bootstrapSchema>;

/** `GET /api/me`: who is signed in, and what this installation offers. */
export interface Me {
  readonly user: { readonly name: string };
  readonly organization: { readonly id: string; readonly name: string };
  /** `false` where one is signed in by being on this machine. */
  readonly canSignOut: boolean;
  /** Address of the demo site, where one is served. */
  readonly demoSite: string | null;
  /** Who chooses the steps; `null` where that is the workers' to know. */
  readonly agent: "explorer" | "model" | null;
}

/** `GET /api/move`, for anybody: whether the installation is being moved to another place, or has been. */
export interface Move {
  readonly isMoving: boolean;
  /** Where it is opened now, without a slash at the end; `null` unless it has moved. */
  readonly movedTo: string | null;
}

/** Body of every answer with a status of 400 or more. */
export interface ApiError {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly issues?: readonly { path: string; message: string }[];
  };
}
