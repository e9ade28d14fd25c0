import { createRoute, z } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import type { SSEStreamingApi } from "hono/streaming";
import { findPicture, readEvents } from "../../db/events.ts";
import { findSession } from "../../db/sessions.ts";
import { pictureType } from "../../storage/contract.ts";
import { changes } from "../changes.ts";
import type { Api, ApiOptions } from "../context.ts";
import { noSuchSession, Refusal } from "../errors.ts";
import { refusal, sessionParams } from "../schemas.ts";

const batch = 100;
const heartbeat = 15_000;
/** Milliseconds until a browser whose stream broke asks again. */
const retry = 2_000;

const position = z.coerce.number().int().min(0).optional();

const events = createRoute({
  method: "get",
  path: "/api/sessions/{id}/events",
  summary: "A session's events as they happen (server-sent events)",
  description:
    "Every event from the first, or after `Last-Event-ID`, in the order of `seq`; `id` is the event's `seq`, `data` the event as JSON. The stream ends after the event `ended`; asked again after it, the answer is 204.",
  request: {
    params: sessionParams,
    query: z.object({ last_event_id: position }),
    headers: z.object({ "last-event-id": position }),
  },
  responses: {
    200: { description: "The events", content: { "text/event-stream": { schema: z.string() } } },
    204: { description: "The session has ended and there is nothing new" },
    404: refusal("There is no such session"),
  },
});

const screenshot = createRoute({
  method: "get",
  path: "/api/sessions/{id}/screenshots/{step}",
  summary: "The picture taken after a step",
  request: { params: sessionParams.extend({ step: z.coerce.number().int().min(1) }) },
  responses: {
    200: { description: "WebP or PNG", content: { "image/webp": { schema: z.string() } } },
    404: refusal("There is no such picture"),
  },
});

export function addLive(api: Api, options: ApiOptions): void {
  const { db, announcements, storage, closing } = options;

  api.openapi(events, async (context) => {
    const { orgId } = context.var.principal;
    const sessionId = context.req.valid("param").id;
    if (!(await findSession(db, orgId, sessionId))) throw noSuchSession();
    const from =
      context.req.valid("header")["last-event-id"] ?? context.req.valid("query").last_event_id ?? 0;
    const signal = AbortSignal.any([context.req.raw.signal, closing]);
    // Subscribed before the first read: what is written in between is announced.
    const news = changes(announcements, sessionId, heartbeat, signal);
    let seq = from;
    const next = async () => {
      const found = await readEvents(db, orgId, { sessionId, seq }, batch);
      seq = found.at(-1)?.seq ?? seq;
      return found;
    };
    const first = await next();
    if (first.length === 0 && (await findSession(db, orgId, sessionId))?.endedAt) {
      news.end();
      return context.body(null, 204);
    }

    context.header("X-Accel-Buffering", "no");
    return streamSSE(context, async (stream: SSEStreamingApi) => {
      await stream.write(`retry: ${retry}\n\n`);
      try {
        for (let found = first; !signal.aborted; found = await next()) {
          for (const event of found) {
            await stream.writeSSE({ id: String(event.seq), data: JSON.stringify(event) });
            if (event.type === "ended") return;
          }
          if (found.length > 0 || (await news.next()) === "change") continue;
          if (!(await findSession(db, orgId, sessionId))) return;
          await stream.write(": still here\n\n");
        }
      } finally {
        news.end();
      }
    });
  });

  api.openapi(screenshot, async (context) => {
    const { id, step } = context.req.valid("param");
    const key = await findPicture(db, context.var.principal.orgId, id, step);
    const picture = key === undefined ? undefined : await storage.get(key);
    if (key === undefined || picture === undefined) throw new Refusal(404, "There is no such picture.");
    context.header("Content-Type", pictureType(key));
    context.header("Cache-Control", "private, max-age=60");
    return context.body(new Uint8Array(picture), 200);
  });
}
