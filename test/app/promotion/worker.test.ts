import { setTimeout } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { readEvents } from "../../../app/db/events.ts";
import { sessions } from "../../../app/db/schema.ts";
import { createSession } from "../../../app/db/sessions.ts";
import type { RedisAddress } from "../../../app/redis/connect.ts";
import { startWorker } from "../../../app/worker/start.ts";
import { redis, redisProgram, startRedis } from "../../support/redis.ts";
import { scriptedSession } from "../../support/scripted-session.ts";
import { describeWith } from "../../support/services.ts";
import { type TestSide, testSide } from "./side.ts";

const steps = 6;

const enqueue = async ({ services, tenant }: TestSide, count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const { orgId, personaId } = tenant;
    const task = { url: "http://shop.test/", objective: `Do ${steps} steps`, personaId };
    const { id } = await createSession(services.db, orgId, task);
    await services.queue.add({ orgId, sessionId: id });
    ids.push(id);
  }
  return ids;
};

const statuses = async ({ services }: TestSide): Promise<Record<string, number>> => {
  const rows = await services.db
    .select({ status: sessions.status, count: sql<number>`count(*)::int` })
    .from(sessions)
    .groupBy(sessions.status);
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
};
const untilThereAre = (side: TestSide, expected: Record<string, number>) =>
  vi.waitFor(async () => expect(await statuses(side)).toEqual(expected), { timeout: 30_000, interval: 50 });

/** Types of a session's events, steps by their number. */
const story = async ({ services, tenant }: TestSide, sessionId: string) =>
  (await readEvents(services.db, tenant.orgId, { sessionId, seq: 0 }, 1_000))
    .filter(({ type }) => type !== "finding")
    .map((event) => (event.type === "step" ? event.step : event.type));

async function prepare(address: RedisAddress | undefined) {
  const side = await testSide(address);
  /** Up to which step sessions may go, and how many steps they have done in all. */
  const script = { upTo: 0, done: 0 };
  const pause = async (step: number, signal: AbortSignal) => {
    await vi.waitFor(
      () => {
        if (!signal.aborted && step > script.upTo) throw new Error("not yet");
      },
      { interval: 20, timeout: 60_000 },
    );
    script.done++;
  };
  const work = async () => {
    const worker = await startWorker({
      ...(await side.another()),
      ...scriptedSession(pause),
      concurrency: 2,
    });
    let closed: Promise<void> | undefined;
    const close = () => (closed ??= worker.close());
    // Those of another test would take its sessions where the queue is the same.
    onTestFinished(close);
    return { close };
  };
  return { side, script, work };
}

function suite(place: () => Promise<RedisAddress | undefined>) {
  const setUp = async () => prepare(await place());

  test("hands over what runs, takes nothing while it is closed, and goes on where it was once it is open", async () => {
    const { side, script, work } = await setUp();
    const ids = await enqueue(side, 6);
    await Promise.all([work(), work()]);
    script.upTo = 2;
    await vi.waitFor(() => expect(script.done).toBe(8), { timeout: 30_000 });
    await untilThereAre(side, { running: 4, queued: 2 });
    await side.drain("hand-over");
    script.upTo = 3;
    await untilThereAre(side, { queued: 6 });
    await side.close();
    const written = await side.owner.query("SELECT sum(last_seq) FROM sessions");
    await work();
    script.upTo = Infinity;
    // Longer than a worker takes to look at the gate and at its queue.
    await vi.waitFor(async () => expect(await side.services.queue.depth()).toMatchObject({ active: 0 }));
    expect((await side.owner.query("SELECT sum(last_seq) FROM sessions")).rows).toEqual(written.rows);
    await side.open();
    await untilThereAre(side, { passed: 6 });
    const stories = await Promise.all(ids.map((id) => story(side, id)));
    for (const told of stories) {
      expect(told.filter((each) => typeof each === "number")).toEqual([1, 2, 3, 4, 5, 6]);
      expect(told[0]).toBe("started");
      expect(told.at(-1)).toBe("ended");
    }
    expect(stories.flat().filter((each) => each === "continued")).toHaveLength(4);
  }, 120_000);

  test("lets what runs end where it shall, takes no other, and takes the rest once it is open", async () => {
    const { side, script, work } = await setUp();
    await enqueue(side, 5);
    await work();
    await untilThereAre(side, { running: 2, queued: 3 });
    await side.drain("finish");
    await vi.waitFor(() => expect(script.done).toBe(0));
    await side.services.gate.when(({ state }) => state === "draining", new AbortController().signal);
    script.upTo = Infinity;
    await untilThereAre(side, { passed: 2, queued: 3 });
    await side.close();
    await side.open();
    await untilThereAre(side, { passed: 5 });
  }, 120_000);

  test("what it was cut off from in the middle of a session is made up for", async () => {
    const { side, script, work } = await setUp();
    const [id = ""] = await enqueue(side, 1);
    await work();
    script.upTo = 2;
    await vi.waitFor(() => expect(script.done).toBe(2));
    // Without draining: its next write is refused.
    await side.close();
    script.upTo = Infinity;
    await vi.waitFor(async () => expect(await side.services.queue.depth()).toMatchObject({ active: 0 }), {
      timeout: 30_000,
    });
    expect(await statuses(side)).toEqual({ running: 1 });
    await side.open();
    await untilThereAre(side, { passed: 1 });
    const told = await story(side, id);
    expect(told.filter((each) => each === "ended")).toHaveLength(1);
    expect(told.filter((each) => typeof each === "number").slice(-steps + 2)).toEqual([3, 4, 5, 6]);
  }, 120_000);

  test("a worker that starts on a side that is closed waits, and closes while it waits", async () => {
    const { side, script, work } = await setUp();
    script.upTo = Infinity;
    const ids = await enqueue(side, 2);
    await side.close();
    const [first] = [await work(), await work()];
    await first.close();
    expect(await statuses(side)).toEqual({ queued: 2 });
    await side.open();
    await untilThereAre(side, { passed: 2 });
    expect(await story(side, ids[0]!)).toHaveLength(steps + 2);
  }, 120_000);
}

describe("a worker with its queue on PostgreSQL", () => {
  suite(() => Promise.resolve(undefined));
});
await describeWith(redis, "a worker with its queue on Redis", (address) => suite(address));

await describeWith(redisProgram, "a worker whose Redis is away when it is opened", (program) => {
  test("takes sessions once it is there again", async () => {
    const server = await startRedis(program);
    const { side, script, work } = await prepare(server.address);
    script.upTo = Infinity;
    await work();
    await side.close();
    await vi.waitFor(() => expect(side.services.gate.now().state).toBe("closed"));
    await server.kill();
    await side.open();
    // Longer than a worker takes to look at the gate, and to meet no Redis.
    await vi.waitFor(() => expect(side.services.gate.now().state).toBe("open"));
    await setTimeout(2_000);
    await server.start();
    await vi.waitFor(() => side.services.queue.check());
    await enqueue(side, 2);
    await untilThereAre(side, { passed: 2 });
  }, 120_000);
});
