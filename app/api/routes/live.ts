import type { HttpBindings } from "@hono/node-server";
import { createRoute, z } from "@hono/zod-openapi";
import { findPicture, findPosition } from "../../db/events.ts";
import type { ApiMetrics } from "../../metrics/api.ts";
import { type GateWatch, isMoved } from "../../promotion/gate.ts";
import { pictureType } from "../../storage/contract.ts";
import type { Api, ApiOptions } from "../context.ts";
import { noSuchSession, Refusal } from "../errors.ts";
import { createHub, type Frame, type Reader } from "../hub.ts";
import { refusal, sessionParams } from "../schemas.ts";

/** So often a quiet stream says that it is there, lest a proxy ends it. Milliseconds. */
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
  const { db, announcements, storage, log, gate, closing } = options;
  const onError = (err: unknown) => log.error({ err }, "cannot read live events");
  const hub = createHub({ db, announcements, onError, silence: heartbeat });
  closing.addEventListener("abort", () => hub.close(), { once: true });
  const hasMoved = () => isMoved(gate.now());
  void endWhenMoved(gate, closing, () => hub.endReaders());

  api.openapi(events, async (context) => {
    const { orgId } = context.var.principal;
    const sessionId = context.req.valid("param").id;
    const current = await findPosition(db, orgId, sessionId);
    if (current === undefined) throw noSuchSession();
    const after =
      context.req.valid("header")["last-event-id"] ?? context.req.valid("query").last_event_id ?? 0;
    if (current.hasEnded && after >= current.lastSeq) return context.body(null, 204);

    const { outgoing } = context.env as HttpBindings;
    const reader = hub.read({ orgId, sessionId }, after);
    const ended = metrics.stream();
    const leave = () => {
      reader.stop();
      ended();
    };
    // It may have gone while the database was asked.
    if (outgoing.closed) leave();
    else outgoing.once("close", leave);
    const body = streamOf(reader, {
      farewell: () => (closing.aborted || hasMoved() ? `retry: ${jitteredRetry()}\n\n` : ""),
      // Whoever comes back to the side that was left shall look again before long what the name leads to.
      isOver: hasMoved,
      // What waits to be sent to it would keep the connection open.
      onStuck: () => outgoing.destroy(),
    });
    return context.body(body, 200, {
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-cache",
      "X-Accel-Buffering": "no",
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

/** Each time that the installation is closed for good. */
async function endWhenMoved(gate: GateWatch, closing: AbortSignal, end: () => void): Promise<void> {
  try {
    for (;;) {
      await gate.when(isMoved, closing);
      end();
      await gate.when((now) => !isMoved(now), closing);
    }
  } catch (error) {
    if (!closing.aborted) throw error;
  }
}

const encoder = new TextEncoder();

interface Ways {
  /** The last words to a reader whose session goes on. */
  farewell(): string;
  /** Whether a reader of whose session there is nothing new shall come again. */
  isOver(): boolean;
  /** Called when nobody takes what was sent. */
  onStuck(): void;
}

/** A reader's events as they are sent. One at a time: the next is fetched when the connection has taken the last. */
function streamOf(reader: Reader, { farewell, isOver, onStuck }: Ways): ReadableStream<Uint8Array> {
  let pending: Frame[] = [];
  let stuck: NodeJS.Timeout | undefined;

  /** @returns `undefined` when there will be nothing more. */
  async function next(): Promise<Frame | undefined> {
    if (pending.length === 0) {
      const found = await reader.next();
      if (found === undefined) return undefined;
      pending = [...found];
    }
    return pending.shift() ?? (isOver() ? undefined : stillHere);
  }

  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(encoder.encode(`retry: ${retry}\n\n`)),
      async pull(controller) {
        clearTimeout(stuck);
        const frame = await next();
        const text = frame?.text ?? farewell();
        if (text !== "") controller.enqueue(encoder.encode(text));
        if (frame === undefined || frame.isLast) controller.close();
        else stuck = setTimeout(onStuck, writePatience);
      },
      cancel: () => clearTimeout(stuck),
    },
    { highWaterMark: 0 },
  );
}

/** A comment, which a reader ignores. */
const stillHere: Frame = { seq: 0, text: ": still here\n\n", isLast: false };

const noSuchPicture = () => new Refusal(404, "There is no such picture.");
