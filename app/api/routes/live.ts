import type { HttpBindings } from "@hono/node-server";
import { createRoute, z } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import type { SSEStreamingApi } from "hono/streaming";
import { findPicture, readEvents } from "../../db/events.ts";
import { findSession } from "../../db/sessions.ts";
import type { ApiMetrics } from "../../metrics/api.ts";
import { pictureType } from "../../storage/contract.ts";
import { changes } from "../changes.ts";
import type { Api, ApiOptions } from "../context.ts";
import { noSuchSession, Refusal } from "../errors.ts";
import { refusal, sessionParams } from "../schemas.ts";

const batch = 100;
const heartbeat = 15_000;
/** Milliseconds until a browser whose stream broke asks again. */
const retry = 2_000;
/** A server that ends sends its readers elsewhere: not all in the same moment. */
const jitteredRetry = () => Math.round(retry / 2 + Math.random() * retry);
/** A reader that takes nothing for so long is dropped; its browser comes back and catches up. Milliseconds. */
const writePatience = 8_000;

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
    302: { description: "Where the bucket serves it for the next minutes" },
    404: refusal("There is no such picture"),
  },
});

export function addLive(api: Api, options: ApiOptions, metrics: Pick<ApiMetrics, "stream">): void {
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
      const ended = metrics.stream();
      const write = (text: string) => inTime(stream.write(text), writePatience);
      try {
        await write(`retry: ${retry}\n\n`);
        for (let found = first; !signal.aborted; found = await next()) {
          for (const event of found) {
            await write(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
            if (event.type === "ended") return;
          }
          if (found.length > 0 || (await news.next()) === "change") continue;
          if (!(await findSession(db, orgId, sessionId))) return;
          await write(": still here\n\n");
        }
        if (closing.aborted) await write(`retry: ${jitteredRetry()}\n\n`);
      } catch (error) {
        if (!(error instanceof TooSlow)) throw error;
        // What waits to be sent to it would keep the connection open.
        (context.env as Partial<HttpBindings>).outgoing?.destroy();
      } finally {
        ended();
        news.end();
      }
    });
  });

  api.openapi(screenshot, async (context) => {
    const { id, step } = context.req.valid("param");
    const key = await findPicture(db, context.var.principal.orgId, id, step);
    if (key === undefined) throw noSuchPicture();
    const address = await storage.presign(key);
    // Good for whoever has it: like every answer that says nothing else, this one is kept by no cache.
    if (address !== undefined) return context.redirect(address, 302);
    const picture = await storage.get(key);
    if (picture === undefined) throw noSuchPicture();
    context.header("Content-Type", pictureType(key));
    context.header("Cache-Control", "private, max-age=60");
    return context.body(new Uint8Array(picture), 200);
  });
}

class TooSlow extends Error {
  override readonly name = "TooSlow";
}

async function inTime(work: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooSlow()), milliseconds);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const noSuchPicture = () => new Refusal(404, "There is no such picture.");
