import { createParser } from "eventsource-parser";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createApi } from "../../../app/api/app.ts";
import { personas } from "../../../app/db/schema.ts";
import { type Answer, callerOf, testApi } from "../../support/api.ts";
import { type TestSide, testSide } from "./side.ts";

let side: TestSide;
let url: string;
let call: ReturnType<typeof callerOf>;

beforeAll(async () => {
  side = await testSide();
  ({ url } = await testApi(side.services, [side.tenant]));
  call = callerOf(url, side.tenant);
});

beforeEach(async () => {
  await side.open();
  await side.services.gate.refresh();
});

const persona = (n: number) => ({
  name: `Persona ${n}`,
  description: "Has never been here.",
  device: "phone",
});
const create = (n: number): Promise<Answer> => call("POST", "/api/personas", persona(n));
const count = () => side.services.db.$count(personas);

async function closed(...options: Parameters<TestSide["close"]>): Promise<void> {
  await side.close(...options);
  await side.services.gate.refresh();
}

test("200 changes wait while it is closed and are made once it is open; who reads is answered meanwhile", async () => {
  const before = await count();
  await closed();
  let answered = 0;
  const changes = Array.from({ length: 200 }, async (_, n) => {
    const answer = await create(n);
    answered++;
    return answer;
  });
  expect((await call("GET", "/api/personas")).body).toHaveLength(before);
  for (const path of ["/healthz", "/readyz"]) expect((await call("GET", path)).status).toBe(200);
  expect(answered).toBe(0);
  await side.open();
  const answers = await Promise.all(changes);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(await count()).toBe(before + 200);
});

test("what waits goes on when it opens by itself", async () => {
  await closed({ windowMs: 1_000 });
  expect((await create(1)).status).toBe(201);
});

test("where it shall not wait it is told when to ask again", async () => {
  await closed({ answer: "refuse", windowMs: 20_000 });
  const { status, headers, body } = await create(1);
  expect([status, body.error.code]).toEqual([503, "moving"]);
  expect(body.error.message).toMatch(/^TestFarm is being moved;/);
  const retryAfter = Number(headers.get("retry-after"));
  expect(retryAfter).toBeGreaterThan(10);
  expect(retryAfter).toBeLessThanOrEqual(20);
  expect((await call("GET", "/api/sessions")).status).toBe(200);
});

test("what waits is told where it has moved to, and so is whoever comes later", async () => {
  await closed();
  const waiting = create(1);
  await side.closeForGood("https://farm.example");
  for (const { status, headers, body } of [await waiting, await create(2)]) {
    expect([status, headers.get("retry-after"), body.error]).toEqual([
      503,
      "30",
      {
        code: "moving",
        message: "TestFarm has moved to https://farm.example; nothing can be changed here any more.",
      },
    ]);
  }
});

test("a change that the database refuses, because it has closed since, is no failure of ours", async () => {
  await side.close();
  const { gate } = side.services;
  const isOpenHere = { ...gate.now(), state: "open" } as const;
  const late = await testApi({ ...side.services, gate: { ...gate, now: () => isOpenHere } }, [side.tenant]);
  const { status, headers, body } = await callerOf(late.url, side.tenant)(
    "POST",
    "/api/personas",
    persona(1),
  );
  expect([status, headers.get("retry-after"), body.error.code]).toEqual([503, "1", "moving"]);
});

test("of changes that wait there are 1,000 at the most, and none once the process ends", async () => {
  await closed();
  const ending = new AbortController();
  const api = createApi({
    ...side.services,
    authenticate: () => Promise.resolve(side.tenant),
    ready: side.services.ready,
    offer: { demoSite: null, agent: null },
    isLocal: false,
    draining: ending.signal,
    closing: ending.signal,
  });
  const statuses: number[] = [];
  const ask = async () => {
    const { status } = await api.request("/api/personas", { method: "POST" });
    statuses.push(status);
  };
  const waiting = Array.from({ length: 1_000 }, ask);
  // Each has passed the guards before it once this one has.
  await api.request("/api/personas");
  expect(statuses).toEqual([]);
  await ask();
  expect(statuses).toEqual([503]);
  ending.abort();
  await Promise.all(waiting);
  expect(statuses).toHaveLength(1_001);
});

test("a live stream stays while it is closed, and comes again once that is for good", async () => {
  const task = { url: "http://shop.test/", objective: "Buy", personaId: side.tenant.personaId };
  const { body: session } = await call("POST", "/api/sessions", task);
  const open = () =>
    fetch(`${url}/api/sessions/${session.id}/events`, { headers: { "x-user": side.tenant.userId } });
  const retries: number[] = [];
  const read = async (response: Response) => {
    const parser = createParser({ onEvent: () => undefined, onRetry: (time) => retries.push(time) });
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) parser.feed(decoder.decode(chunk, { stream: true }));
  };
  let hasEnded = false;
  const reading = read(await open()).then(() => (hasEnded = true));
  await vi.waitFor(() => expect(retries).toHaveLength(1));
  await closed();
  expect(hasEnded).toBe(false);
  await side.closeForGood("https://farm.example");
  await reading;
  expect(retries).toHaveLength(2);
  // Whoever comes back is not sent away at once.
  const later = await open();
  expect(later.status).toBe(200);
  await later.body!.cancel();
});
