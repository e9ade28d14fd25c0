import { connect } from "node:net";
import { createParser } from "eventsource-parser";
import type { EventSourceMessage } from "eventsource-parser";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { changes } from "../../../app/api/changes.ts";
import { beginAttempt, writeEvent } from "../../../app/db/attempts.ts";
import type { Begun } from "../../../app/db/attempts.ts";
import type { Listener, SessionAnnouncements } from "../../../app/events/contract.ts";
import type { OpenServices } from "../../../app/services.ts";
import { callerOf, createTenant, testApi, testServices } from "../../support/api.ts";
import type { Tenant } from "../../support/api.ts";

let services: OpenServices;
let tenant: Tenant;
let url: string;
const subscribers = { now: 0 };

beforeAll(async () => {
  services = await testServices();
  tenant = await createTenant(services, "Own");
  const announcements: SessionAnnouncements = {
    ...services.announcements,
    subscribe(...args) {
      const unsubscribe = services.announcements.subscribe(...args);
      let isSubscribed = true;
      subscribers.now++;
      return () => {
        if (isSubscribed) subscribers.now--;
        isSubscribed = false;
        unsubscribe();
      };
    },
  };
  ({ url } = await testApi({ ...services, announcements }, [tenant]));
});

/** A session whose first attempt has begun: its event 1 is `started`. */
async function startSession(): Promise<Begun> {
  const input = { url: "http://shop.test/", objective: "Buy a mug", personaId: tenant.personaId };
  const { body } = await callerOf(url, tenant)("POST", "/api/sessions", input);
  return (await beginAttempt(services.db, { orgId: tenant.orgId, sessionId: body.id }))!;
}

async function writeSteps(
  attempt: Begun,
  from: number,
  to: number,
  { isAnnounced = true, reasoning = "" } = {},
): Promise<void> {
  for (let step = from; step <= to; step++) {
    const seq = await writeEvent(services.db, attempt, {
      type: "step",
      step,
      action: { kind: "back" },
      description: `Step ${step}`,
      reasoning,
      url: "http://shop.test/",
      title: "Shop",
      milliseconds: 1,
      error: null,
      screenshot: null,
    });
    if (isAnnounced) await services.announcements.publish({ sessionId: attempt.sessionId, seq });
  }
}

async function end(attempt: Begun): Promise<void> {
  const seq = await writeEvent(services.db, attempt, { type: "ended", status: "passed", reason: "Done." });
  await services.announcements.publish({ sessionId: attempt.sessionId, seq });
}

interface Stream {
  readonly response: Response;
  readonly events: EventSourceMessage[];
  /** Resolves when the server ends the stream. */
  readonly over: Promise<void>;
  readonly abort: AbortController;
  readonly retry: () => number | undefined;
}

async function open(sessionId: string, query = "", headers: Record<string, string> = {}): Promise<Stream> {
  const abort = new AbortController();
  const response = await fetch(`${url}/api/sessions/${sessionId}/events${query}`, {
    headers: { "x-user": tenant.userId, ...headers },
    signal: abort.signal,
  });
  const events: EventSourceMessage[] = [];
  let retry: number | undefined;
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onRetry: (value) => (retry = value),
  });
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  };
  return { response, events, over: read(), abort, retry: () => retry };
}

const seqs = ({ events }: Stream) => events.map(({ id }) => Number(id));
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, index) => from + index);

describe("a session's stream", () => {
  test("begins with what has happened, goes on with what happens, and ends with the session", async () => {
    const attempt = await startSession();
    await writeSteps(attempt, 1, 150);
    const stream = await open(attempt.sessionId);
    await vi.waitFor(() => expect(seqs(stream)).toEqual(upTo(151)), 5_000);
    await writeSteps(attempt, 151, 160);
    await end(attempt);
    await stream.over;
    expect(seqs(stream)).toEqual(upTo(162));
    expect(stream.events.every(({ id, data }) => JSON.parse(data).seq === Number(id))).toBe(true);
    expect(JSON.parse(stream.events.at(-1)!.data)).toEqual({
      seq: 162,
      at: expect.stringMatching(/Z$/),
      attempt: 1,
      type: "ended",
      status: "passed",
      reason: "Done.",
    });
  });

  test("is not buffered by proxies or caches, and says when to come back", async () => {
    const stream = await open((await startSession()).sessionId);
    await vi.waitFor(() => expect(stream.events).toHaveLength(1));
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
    expect(stream.response.headers.get("x-accel-buffering")).toBe("no");
    expect(stream.response.headers.get("cache-control")).toMatch(/no-cache|no-store/);
    expect(stream.retry()).toBe(2_000);
    stream.abort.abort();
    await expect(stream.over).rejects.toThrow("aborted");
  });

  test.each([
    ["the header Last-Event-ID", "", { "last-event-id": "3" }],
    ["the query last_event_id", "?last_event_id=3", {}],
    ["the header rather than the query", "?last_event_id=1", { "last-event-id": "3" }],
  ])("goes on after the event that %s names", async (_, query, headers) => {
    const attempt = await startSession();
    await writeSteps(attempt, 1, 5);
    await end(attempt);
    const stream = await open(attempt.sessionId, query, headers as Record<string, string>);
    await stream.over;
    expect(seqs(stream)).toEqual(upTo(7, 4));
  });

  test("that has all been read is answered with 204, which tells a browser not to come back", async () => {
    const attempt = await startSession();
    await end(attempt);
    const { response } = await open(attempt.sessionId, "", { "last-event-id": "2" });
    expect(response.status).toBe(204);
  });

  test("gets an event that was never announced with the next one that is", async () => {
    const attempt = await startSession();
    const stream = await open(attempt.sessionId);
    await writeSteps(attempt, 1, 3, { isAnnounced: false });
    await writeSteps(attempt, 4, 4);
    await vi.waitFor(() => expect(seqs(stream)).toEqual(upTo(5)));
    stream.abort.abort();
    await expect(stream.over).rejects.toThrow("aborted");
  });

  test("shows what another process writes within 200 ms", async () => {
    const attempt = await startSession();
    const stream = await open(attempt.sessionId);
    await vi.waitFor(() => expect(stream.events).toHaveLength(1));
    await writeSteps(attempt, 1, 1);
    await vi.waitFor(() => expect(stream.events).toHaveLength(2), { timeout: 200, interval: 5 });
    await end(attempt);
    await stream.over;
  });

  test("leaves nothing behind in the server when the reader goes away", async () => {
    const attempt = await startSession();
    const streams = await Promise.all([open(attempt.sessionId), open(attempt.sessionId)]);
    const before = subscribers.now;
    expect(before).toBeGreaterThanOrEqual(2);
    for (const each of streams) {
      each.abort.abort();
      await expect(each.over).rejects.toThrow("aborted");
    }
    await vi.waitFor(() => expect(subscribers.now).toBe(before - 2));
  });
});

test("a reader that takes nothing is dropped within 10 s, holds up nobody, and catches up when it comes back", async () => {
  const attempt = await startSession();
  // More than all the buffers between the two ends hold.
  await writeSteps(attempt, 1, 60, { reasoning: "x".repeat(200_000) });
  const { hostname, port } = new URL(url);
  const slow = connect(Number(port), hostname);
  slow.write(
    `GET /api/sessions/${attempt.sessionId}/events HTTP/1.1\r\nHost: ${hostname}\r\nx-user: ${tenant.userId}\r\n\r\n`,
  );
  slow.pause();
  await vi.waitFor(() => expect(subscribers.now).toBe(1), 5_000);
  await vi.waitFor(() => expect(subscribers.now).toBe(0), 10_000);
  slow.destroy();
  const stream = await open(attempt.sessionId);
  await vi.waitFor(() => expect(seqs(stream)).toEqual(upTo(61)), 10_000);
  stream.abort.abort();
  await stream.over.catch(() => undefined);
}, 40_000);

test("a server that closes ends its streams, and a reader misses nothing by going on with another server", async () => {
  const attempt = await startSession();
  const dying = await testApi(services, [tenant]);
  const response = await fetch(`${dying.url}/api/sessions/${attempt.sessionId}/events`, {
    headers: { "x-user": tenant.userId },
  });
  const closing = dying.close();
  expect(await response.text()).toContain("id: 1");
  await closing;
  await writeSteps(attempt, 1, 2);
  const stream = await open(attempt.sessionId, "?last_event_id=1");
  await end(attempt);
  await stream.over;
  expect(seqs(stream)).toEqual([2, 3, 4]);
});

/** Announcements that come from nowhere but the test. */
function byHand(): { readonly publish: () => void; readonly announcements: SessionAnnouncements } {
  const listeners = new Set<Listener>();
  return {
    publish: () => listeners.forEach((each) => each()),
    announcements: {
      publish: () => Promise.resolve(),
      subscribe(_, listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      isListening: () => true,
      close: () => Promise.resolve(),
    },
  };
}

describe("a reader's changes", () => {
  test("are one for any number of announcements, and silence after its time", async () => {
    const { publish, announcements } = byHand();
    const news = changes(announcements, "s", 20, new AbortController().signal);
    for (let n = 0; n < 1_000; n++) publish();
    expect(await news.next()).toBe("change");
    expect(await news.next()).toBe("silence");
    news.end();
  });

  test("end at once when the request is aborted", async () => {
    const abort = new AbortController();
    const news = changes(byHand().announcements, "s", 60_000, abort.signal);
    const next = news.next();
    abort.abort();
    expect(await next).toBe("change");
    news.end();
  });
});
