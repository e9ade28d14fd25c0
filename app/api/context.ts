import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Logger } from "pino";
import type { SignIn } from "../auth/sign-in.ts";
import type { Me } from "../contract.ts";
import type { Database } from "../db/database.ts";
import type { SessionAnnouncements } from "../events/contract.ts";
import type { GateWatch } from "../promotion/gate.ts";
import type { SessionQueue } from "../queue/contract.ts";
import type { Storage } from "../storage/contract.ts";

/** Who a request comes from. */
export interface Principal {
  readonly orgId: string;
  /** `null` for a program, which belongs to the organization and to nobody in it. */
  readonly userId: string | null;
  readonly name: string;
}

/** What the routes work with. */
export interface Services {
  readonly db: Database;
  readonly queue: Pick<SessionQueue, "add" | "depth">;
  readonly announcements: SessionAnnouncements;
  readonly storage: Storage;
  readonly log: Logger;
  readonly gate: GateWatch;
}

export interface ApiOptions extends Services {
  /** Says who a request comes from; `undefined` is answered with 401. */
  readonly authenticate: (request: Request) => Promise<Principal | undefined>;
  /** What this process cannot serve without, and whether it has it. */
  readonly ready: () => Promise<Readonly<Record<string, boolean>>>;
  /** How one signs in, where that is not by being on this machine. */
  readonly signIn?: SignIn;
  readonly offer: Pick<Me, "demoSite" | "agent">;
  /** `true` where the user is signed in by being on this machine: other origins and host names are turned away. */
  readonly isLocal: boolean;
  /** Directory of the built page, where the API serves it itself. */
  readonly page?: string;
  /** Aborts when the process is about to end: whoever routes requests shall send it no more. */
  readonly draining: AbortSignal;
  /** Aborts when it ends, so that live streams end with it. */
  readonly closing: AbortSignal;
}

export type ApiEnv = { Variables: { principal: Principal } };
export type Api = OpenAPIHono<ApiEnv>;
export type ApiContext = Context<ApiEnv>;
