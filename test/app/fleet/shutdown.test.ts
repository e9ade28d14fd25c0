import { once } from "node:events";
import { Agent, request } from "node:http";
import { Redis } from "ioredis";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { createSession } from "../../../app/db/sessions.ts";
import type { RedisAddress } from "../../../app/redis/connect.ts";
import { redisProgram, startRedis } from "../../support/redis.ts";
import { startRole } from "../../support/role-process.ts";
import { describeWith } from "../../support/services.ts";
import { install } from "../../support/installation.ts";
import type { Installation } from "../../support/installation.ts";

let installation: Installation;
beforeAll(async () => {
  installation = await install();
});

const task = () => ({
  url: "http://shop.test/",
  objective: "Buy a mug",
  personaId: installation.personaId,
});

const newSession = async () => (await createSession(installation.db, installation.orgId, task())).id;

/** One request on a connection of its own. */
async function ask(url: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...installation.headers, connection: "close", "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

const isRefused = async (url: string) =>
  fetch(`${url}/healthz`).then(
    () => false,
    () => true,
  );

const saysNotReady = (url: string) =>
  vi.waitFor(async () => expect((await ask(url, "GET", "/readyz")).status).toBe(503), {
    timeout: 5_000,
    interval: 20,
  });

describe.concurrent("an API that is told to end", () => {
  test("says first that it is not ready, and serves whoever still comes; then it ends in order", async () => {
    const { url, end } = await startRole("api", installation.env);
    expect((await ask(url, "GET", "/readyz")).status).toBe(200);
    const ended = end();
    await saysNotReady(url);
    expect(JSON.parse((await ask(url, "GET", "/readyz")).text)).toMatchObject({
      checks: { database: true, accepting: false },
    });
    expect((await ask(url, "POST", "/api/sessions", task())).status).toBe(201);
    expect((await ask(url, "GET", "/api/sessions")).status).toBe(200);
    expect(await ended).toBe(0);
    expect(await isRefused(url)).toBe(true);
  }, 40_000);

  test("goes on with its streams meanwhile, and ends each with a time of its own to come back after", async () => {
    const { url, end } = await startRole("api", installation.env);
    const open = async () => {
      const id = await newSession();
      // A session that has begun has an event; this one has none, and its stream waits.
      const response = await fetch(`${url}/api/sessions/${id}/events`, { headers: installation.headers });
      return { id, text: response.text() };
    };
    const [watched, ...others] = await Promise.all(Array.from({ length: 12 }, open));
    const ended = end();
    await saysNotReady(url);
    expect((await ask(url, "POST", `/api/sessions/${watched!.id}/cancel`)).status).toBe(200);
    expect(await watched!.text).toMatch(/^retry: 2000\n\nid: 1\ndata: .*"ended".*\n\n$/);
    const waits = await Promise.all(
      others.map(async ({ text }) => Number(/^retry: 2000\n\nretry: (\d+)\n\n$/.exec(await text)?.[1])),
    );
    for (const wait of waits) expect(wait).toSatisfy((value: number) => value >= 1_000 && value <= 3_000);
    expect(new Set(waits).size).toBeGreaterThan(6);
    expect(await ended).toBe(0);
  }, 40_000);

  test("answers the request that it is reading when it stops listening", async () => {
    const { url, end } = await startRole("api", installation.env);
    const body = JSON.stringify(task());
    const sending = request(`${url}/api/sessions`, {
      method: "POST",
      agent: new Agent({ keepAlive: true }),
      headers: {
        ...installation.headers,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      },
    });
    sending.write(body.slice(0, 10));
    const ended = end();
    await vi.waitFor(async () => expect(await isRefused(url)).toBe(true), { timeout: 20_000, interval: 50 });
    const answered = once(sending, "response");
    sending.end(body.slice(10));
    const [{ statusCode }] = (await answered) as [{ statusCode: number }];
    expect(statusCode).toBe(201);
    expect(await ended).toBe(0);
  }, 40_000);
});

test.concurrent("a process that cannot end in order is ended by its deadline, and says so", async () => {
  const { db, env, headers } = await install();
  const { url, end, errors } = await startRole("api", env);
  // A request that waits for a lock holds a connection to the database, which is closed last.
  const code = await db.transaction(async (tx) => {
    await tx.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE");
    fetch(`${url}/api/sessions`, { headers }).catch(() => undefined);
    await vi.waitFor(async () => {
      const waiting = await tx.execute("SELECT 1 FROM pg_locks WHERE NOT granted");
      expect(waiting.rows.length).toBeGreaterThan(0);
    }, 10_000);
    return end();
  });
  expect(code).toBe(1);
  expect(errors()).toBe("Not everything ended within 25 s; leaving it.\n");
}, 60_000);

/** What each connection of a Redis has asked for last. */
async function clientsOf({ url }: RedisAddress): Promise<string> {
  const client = new Redis(url);
  const found = await client.client("LIST");
  client.disconnect();
  return String(found);
}

const left = "The queue did not answer within 5 s; this worker leaves it.";

await describeWith(redisProgram, "a Redis that is", (program) => {
  test.concurrent.each([
    ["killed", left],
    ["frozen", ""],
  ])(
    "%s keeps neither an API nor a worker from its end",
    async (state, said) => {
      const redis = await startRedis(program);
      const { env } = await install(redis.address);
      const [api, worker] = await Promise.all([startRole("api", env), startRole("worker", env)]);
      // What has not asked it for a session yet has nothing to wait for.
      await vi.waitFor(async () => expect(await clientsOf(redis.address)).toContain("cmd=bzpopmin"));
      if (state === "killed") await redis.kill();
      else redis.freeze();
      expect(await Promise.all([api.end(), worker.end()])).toEqual([0, 0]);
      redis.thaw();
      expect(worker.log()).toContain(said);
      expect(api.errors() + worker.errors()).toBe("");
    },
    60_000,
  );
});
