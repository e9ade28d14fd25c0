import { createHash, timingSafeEqual } from "node:crypto";
import { Hono, type Context } from "hono";
import type { Logger } from "pino";
import { z } from "zod";
import type { BrowserMetrics } from "../metrics/browser.ts";
import { addMetrics } from "../metrics/registry.ts";
import { NoCapacity, type Admission } from "./admission.ts";
import type { BrowserSession, BrowserSessions } from "./sessions.ts";

interface Options {
  readonly sessions: BrowserSessions;
  readonly admission: Admission;
  readonly metrics: Pick<BrowserMetrics, "registry" | "refused">;
  /** What a client has to show in `X-BB-API-Key`. */
  readonly token: string;
  readonly log: Pick<Logger, "warn">;
}

/**
 * What a client may ask for: of Browserbase's parameters those that make sense for a Chromium of our own. Another one
 * is refused, since it would be ignored.
 */
const creation = z.strictObject({
  projectId: z.string().optional(),
  region: z.string().optional(),
  keepAlive: z.literal(false, "is not offered: a session ends with its connection").optional(),
  timeout: z.number().int().min(60).max(21_600).optional(),
  userMetadata: z.record(z.string(), z.unknown()).optional(),
});

const change = z.strictObject({ status: z.literal("REQUEST_RELEASE"), projectId: z.string().optional() });

/**
 * The sessions of the role `browser`, in the shape of Browserbase's API
 * (https://docs.browserbase.com/reference/api/create-a-session), so that one client serves both.
 */
export function createBrowserApi({ sessions, admission, metrics, token, log }: Options) {
  const api = new Hono();

  api.get("/healthz", (context) => context.json({ status: "ok" }));
  api.get("/readyz", (context) => {
    const accepting = !sessions.isClosing();
    return context.json(
      { status: accepting ? "ready" : "not ready", checks: { accepting } },
      accepting ? 200 : 503,
    );
  });
  // For whoever adds and removes machines; tells nothing about anybody's sessions.
  api.get("/pressure", (context) => {
    const pressure = admission.pressure();
    return context.json({ ...pressure, isAvailable: pressure.isAvailable && !sessions.isClosing() });
  });

  addMetrics(api, metrics);

  api.use("/v1/*", async (context, next) => {
    if (isEqual(context.req.header("x-bb-api-key") ?? "", token)) return next();
    return refuse(
      context,
      401,
      "X-BB-API-Key is not the token of this role. Set BROWSER_TOKEN to the same here and there.",
    );
  });

  api.post("/v1/sessions", async (context) => {
    const { data, error } = creation.safeParse(await bodyOf(context));
    if (error) return refuse(context, 400, explain(error));
    if (sessions.isClosing()) return busy(context, 503, "This process is ending.", 1);
    try {
      const life = data.timeout === undefined ? undefined : data.timeout * 1_000;
      const wait = waitOf(context.req.header("prefer"));
      const session = await sessions.create(context.req.raw.signal, { life, wait });
      const connectUrl = new URL(`/v1/sessions/${session.id}/connect/${session.secret}`, context.req.url);
      const isTls = (context.req.header("x-forwarded-proto") ?? connectUrl.protocol).startsWith("https");
      connectUrl.protocol = isTls ? "wss:" : "ws:";
      return context.json({ ...describe(session), connectUrl: connectUrl.href }, 201);
    } catch (problem) {
      if (problem instanceof NoCapacity) {
        metrics.refused();
        return busy(context, 429, problem.message, problem.retryAfter);
      }
      if (sessions.isClosing()) return busy(context, 503, "This process is ending.", 1);
      log.warn({ err: problem }, "no browser could be launched");
      // Whoever has the token runs this installation; what Chromium said is for them.
      return refuse(context, 500, problem instanceof Error ? problem.message : String(problem));
    }
  });

  api.get("/v1/sessions/:id", (context) => {
    const session = sessions.find(context.req.param("id"));
    return session ? context.json(describe(session)) : refuse(context, 404, "There is no such session.");
  });

  api.post("/v1/sessions/:id", async (context) => {
    const { error } = change.safeParse(await bodyOf(context));
    if (error) return refuse(context, 400, explain(error));
    const id = context.req.param("id");
    await sessions.release(id);
    const session = sessions.find(id);
    return session ? context.json(describe(session)) : refuse(context, 404, "There is no such session.");
  });

  api.notFound((context) => refuse(context, 404, "There is nothing at this address."));
  api.onError((err, context) => {
    log.warn({ err }, "request failed");
    return refuse(context, 500, "Something went wrong; the log has the cause.");
  });
  return api;
}

const describe = ({ id, status, startedAt, expiresAt, endedAt }: BrowserSession) => ({
  id,
  status,
  createdAt: startedAt.toISOString(),
  startedAt: startedAt.toISOString(),
  updatedAt: (endedAt ?? startedAt).toISOString(),
  expiresAt: expiresAt.toISOString(),
  ...(endedAt && { endedAt: endedAt.toISOString() }),
  keepAlive: false,
  projectId: "testfarm",
});

/** How long the client wants to wait for its answer: https://www.rfc-editor.org/rfc/rfc7240#section-4.3. Milliseconds. */
function waitOf(preferences = ""): number | undefined {
  const seconds = /(?:^|,)\s*wait\s*=\s*"?(\d+)/i.exec(preferences)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}

/** Takes the same time wherever two texts differ, and whatever their lengths are. */
export function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

const digest = (text: string) => createHash("sha256").update(text).digest();

const bodyOf = (context: Context): Promise<unknown> => context.req.json().catch(() => undefined);

const explain = ({ issues }: z.ZodError) =>
  issues.map(({ path, message }) => `${path.join(".") || "The body"}: ${message}`).join("; ");

type Refusal = 400 | 401 | 404 | 500;
const refuse = (context: Context, statusCode: Refusal, message: string) =>
  context.json({ statusCode, message }, statusCode);

function busy(context: Context, statusCode: 429 | 503, message: string, retryAfter: number) {
  return context.json({ statusCode, message }, statusCode, { "Retry-After": String(retryAfter) });
}
