import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { queues } from "../../../../app/queue/index.ts";
import type { SessionQueue } from "../../../../app/queue/contract.ts";
import { companiesAccess } from "../../../../infra/access/companies.ts";
import { openQueue, waitQueued } from "../../../../infra/promotion/verify/queue.ts";
import { atEnd } from "../../../support/at-end.ts";
import { query } from "../../../support/backups.ts";
import { migratedDatabase } from "../../../support/postgres.ts";
import { redis } from "../../../support/redis.ts";
import { describeWith } from "../../../support/services.ts";

const orgId = randomUUID();
const personaId = randomUUID();
const quiet = { onError: () => undefined, warn: () => undefined };

/** A database with two sessions that wait, one that runs and one that has ended. */
async function installation() {
  const databaseUrl = await migratedDatabase();
  await query(databaseUrl, `INSERT INTO organizations (id, name, slug) VALUES ('${orgId}', 'One', 'one')`);
  await query(
    databaseUrl,
    `INSERT INTO personas (id, org_id, name, description, device) VALUES ('${personaId}', '${orgId}', 'P', '', 'phone')`,
  );
  const add = async (status: string) => {
    const sessionId = randomUUID();
    await query(
      databaseUrl,
      `INSERT INTO sessions (id, org_id, persona_id, url, objective, status)
       VALUES ('${sessionId}', '${orgId}', '${personaId}', 'https://a.test', 'Buy', '${status}')`,
    );
    return { orgId, sessionId };
  };
  const unfinished = [await add("queued"), await add("queued"), await add("running")];
  await add("passed");
  return { databaseUrl, unfinished };
}

type Outputs = Readonly<Record<string, string>>;

function waiting(databaseUrl: string, outputs: Outputs, longest = 60_000) {
  const notes: string[] = [];
  const stop = new AbortController();
  const done = companiesAccess().then((access) =>
    waitQueued({
      name: "scale",
      databaseUrl,
      open: () => openQueue({ outputs, access }, databaseUrl),
      interval: 20,
      longest,
      signal: stop.signal,
      report: () => undefined,
      note: (text) => notes.push(text),
    }),
  );
  return { notes, done, stop };
}

function suite(open: (databaseUrl: string) => Promise<{ queue: SessionQueue; outputs: Outputs }>) {
  async function begin() {
    const { databaseUrl, unfinished } = await installation();
    const { queue, outputs } = await open(databaseUrl);
    atEnd(() => queue.close());
    return { databaseUrl, unfinished, queue, outputs };
  }

  test("a queue that holds every session that has not ended is said to", async () => {
    const { databaseUrl, unfinished, queue, outputs } = await begin();
    for (const session of unfinished) await queue.add(session);
    const { done, notes } = waiting(databaseUrl, outputs);
    expect(await done).toEqual({ queued: 3 });
    expect(notes).toEqual([]);
  });

  test("it is waited for a session until the queue holds it, or it has ended", async () => {
    const { databaseUrl, unfinished, queue, outputs } = await begin();
    const [one, other, third] = unfinished;
    await queue.add(one!);
    let isDone = false;
    const done = waiting(databaseUrl, outputs).done.finally(() => (isDone = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isDone).toBe(false);
    await queue.add(other!);
    await query(databaseUrl, `UPDATE sessions SET status = 'passed' WHERE id = '${third!.sessionId}'`);
    expect(await done).toEqual({ queued: 3 });
  });

  test("sessions that the queue never gets are named", async () => {
    const { databaseUrl, unfinished, queue, outputs } = await begin();
    for (const session of unfinished.slice(0, 2)) await queue.add(session);
    const { done } = waiting(databaseUrl, outputs, 500);
    await expect(done).rejects.toThrow(
      `The queue of scale lacks 1 of 3 sessions that have not ended: ${unfinished[2]!.sessionId}. Does a worker run there?`,
    );
  });
}

describe("on PostgreSQL", () => {
  suite(async (url) => ({ queue: await queues.postgres({ url, ...quiet }), outputs: { REDIS_URL: "" } }));

  test("it is given up when nobody wants it any more", async () => {
    const { databaseUrl } = await installation();
    const { done, stop } = waiting(databaseUrl, {});
    stop.abort(new Error("enough"));
    await expect(done).rejects.toMatchObject({ name: "AbortError" });
  });

  test("a Redis that only the stack reaches is not looked into, which is told, and is no error", async () => {
    const { databaseUrl } = await installation();
    const { done, notes } = waiting(databaseUrl, { REDIS_URL: "redis://default:canary@127.0.0.1:1" });
    const found = await done;
    expect(found["queue"]).toMatch(/^not checked: .*is in the private network of its company/);
    expect(notes).toEqual([expect.stringMatching(/^The queue of scale is not checked: /)]);
    expect(JSON.stringify([found, notes])).not.toContain("canary");
  });

  test("nor is a Redis Cluster", async () => {
    const { databaseUrl } = await installation();
    const outputs = { REDIS_URL: "redis://127.0.0.1:1", REDIS_CLUSTER: "true" };
    expect(await waiting(databaseUrl, outputs).done).toEqual({
      queue: "not checked: it is in a Redis Cluster, whose nodes have addresses that only the stack reaches",
    });
  });
});

await describeWith(redis, "with Redis", (address) =>
  suite(async () => {
    const place = await address();
    const queue = await queues.redis({ address: place, ...quiet });
    return { queue, outputs: { REDIS_URL: place.url, REDIS_CLUSTER: "" } };
  }),
);
