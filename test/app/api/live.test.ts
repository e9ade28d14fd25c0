import { connect } from "node:net";
import { createParser } from "eventsource-parser";
import type { EventSourceMessage } from "eventsource-parser";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { createHub, type Frame } from "../../../app/api/hub.ts";
import { beginAttempt, writeEvent } from "../../../app/db/attempts.ts";
import type { Begun } from "../../../app/db/attempts.ts";
import type { SessionAnnouncements } from "../../../app/events/contract.ts";
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

async function open(
  sessionId: string,
  query = "",
  headers: Record<string, string> = {},
  api = url,
): Promise<Stream> {
  const abort = new AbortController();
  const response = await fetch(`${api}/api/sessions/${sessionId}/events${query}`, {
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
    await vi.waitFor(() => expect(seqs(stream)).toEqual(upTo(151)));
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

  test("shows what another process writes", async () => {
    const attempt = await startSession();
    const stream = await open(attempt.sessionId);
    await vi.waitFor(() => expect(stream.events).toHaveLength(1));
    await writeSteps(attempt, 1, 1);
    await vi.waitFor(() => expect(stream.events).toHaveLength(2));
    await end(attempt);
    await stream.over;
  });

  test("leaves nothing behind in the server when the last reader goes away", async () => {
    const attempt = await startSession();
    const before = subscribers.now;
    const streams = await Promise.all([open(attempt.sessionId), open(attempt.sessionId)]);
    await vi.waitFor(() => expect(subscribers.now).toBe(before + 1));
    for (const each of streams) {
      expect(subscribers.now).toBe(before + 1);
      each.abort.abort();
      await expect(each.over).rejects.toThrow("aborted");
    }
    await vi.waitFor(() => expect(subscribers.now).toBe(before));
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
  await vi.waitFor(() => expect(subscribers.now).toBe(1));
  await vi.waitFor(() => expect(subscribers.now).toBe(0));
  slow.destroy();
  const stream = await open(attempt.sessionId);
  await vi.waitFor(() => expect(seqs(stream)).toEqual(upTo(61)));
  stream.abort.abort();
  await stream.over.catch(() => undefined);
}, 40_000);

test("a server that closes ends its streams, and a reader misses nothing by going on with another server", async () => {
  const attempt = await startSession();
  const dying = await testApi(services, [tenant]);
  const left = await open(attempt.sessionId, "", {}, dying.url);
  await vi.waitFor(() => expect(seqs(left)).toEqual([1]));
  const closing = dying.close();
  await left.over;
  await closing;
  await writeSteps(attempt, 1, 2);
  const stream = await open(attempt.sessionId, "?last_event_id=1");
  await end(attempt);
  await stream.over;
  expect(seqs(stream)).toEqual([2, 3, 4]);
});

/** A database that counts what it is asked. */
function counting() {
  const asked = { times: 0 };
  const select = (...columns: unknown[]) => {
    asked.times++;
    return (services.db.select as (...all: unknown[]) => unknown)(...columns);
  };
  return { asked, db: Object.assign(Object.create(services.db) as typeof services.db, { select }) };
}
const openHub = (db = services.db, silence = 60_000) =>
  createHub({ db, announcements: services.announcements, onError: () => undefined, silence });
const seqsOf = (found: readonly Frame[] | undefined) => found?.map(({ seq }) => seq);

describe("the hub", () => {
  test("reads what happens once, however many read it", async () => {
    const attempt = await startSession();
    const { asked, db } = counting();
    const hub = openHub(db);
    const readers = Array.from({ length: 200 }, () => hub.read(attempt, 1));
    const next = readers.map((reader) => reader.next());
    await vi.waitFor(() => expect(asked.times).toBeGreaterThan(0));
    await writeSteps(attempt, 1, 1);
    for (const each of next) expect(seqsOf(await each)).toEqual([2]);
    expect(asked.times).toBeLessThan(8);
    hub.close();
  });

  test("gives a reader that lags behind all that it has missed, in order", async () => {
    const attempt = await startSession();
    const hub = openHub();
    const [quick, slow] = [hub.read(attempt, 1), hub.read(attempt, 0)];
    const first = quick.next();
    await writeSteps(attempt, 1, 250);
    await first;
    const seen: number[] = [];
    while (seen.at(-1) !== 251) seen.push(...seqsOf(await slow.next())!);
    expect(seen).toEqual(upTo(251));
    hub.close();
  });

  test("says nothing has happened after a time, looks again by itself, and ends with a deleted session", async () => {
    const attempt = await startSession();
    const hub = openHub(services.db, 100);
    const reader = hub.read(attempt, 1);
    expect(await reader.next()).toEqual([]);
    await writeSteps(attempt, 1, 1, { isAnnounced: false });
    let found = await reader.next();
    while (found?.length === 0) found = await reader.next();
    expect(seqsOf(found)).toEqual([2]);
    await callerOf(url, tenant)("DELETE", `/api/sessions/${attempt.sessionId}`);
    while (found !== undefined) found = await reader.next();
    hub.close();
  });

  test("ends its readers when it closes, also those that come later, and listens to nothing then", async () => {
    const attempt = await startSession();
    const hub = openHub();
    const next = hub.read(attempt, 1).next();
    hub.close();
    expect(await next).toBeUndefined();
    expect(await hub.read(attempt, 1).next()).toBeUndefined();
  });
});
