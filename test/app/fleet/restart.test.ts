import { setTimeout as sleep } from "node:timers/promises";
import { and, eq, gt, sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { sessionEvents, sessions } from "../../../app/db/schema.ts";
import { serveDemoSite } from "../../../app/demo-site/serve.ts";
import { atEnd } from "../../support/at-end.ts";
import { caddyProgram, startCaddy } from "../../support/caddy.ts";
import { chromium } from "../../support/chromium.ts";
import { redisProgram, startRedis } from "../../support/redis.ts";
import { startRole } from "../../support/role-process.ts";
import type { RoleProcess } from "../../support/role-process.ts";
import { describeWith } from "../../support/services.ts";
import type { Service } from "../../support/services.ts";
import { install } from "../../support/installation.ts";
import type { Installation } from "../../support/installation.ts";
import { startBrowsers } from "./browsers.ts";
import { startLoad } from "./load.ts";
import { follow } from "./reader.ts";

interface Programs {
  readonly redis: string;
  readonly caddy: string;
}

const services = [redisProgram, caddyProgram, chromium] as const;
const programs: Service<Programs> = {
  name: services.map(({ name }) => name).join(", or no "),
  needs: services.map(({ needs }) => needs).join(" "),
  async find() {
    const [redis, caddy, browsers] = [
      await redisProgram.find(),
      await caddyProgram.find(),
      await chromium.find(),
    ];
    return redis !== undefined && caddy !== undefined && browsers ? { redis, caddy } : undefined;
  },
};

/** All roles of a deployment, each a process: two APIs behind Caddy, two workers, a browser that may see the shop. */
async function startFleet({ caddy }: Programs, { env }: Installation, shop: string) {
  const browsers = await startBrowsers(shop);
  const start = {
    api: (port = {}) => startRole("api", { ...env, ...port }),
    worker: (port = {}) => startRole("worker", { ...env, ...browsers, ...port }),
  };
  const [apis, workers] = await Promise.all([
    Promise.all([start.api(), start.api()]),
    Promise.all([start.worker(), start.worker()]),
  ]);
  const url = await startCaddy(
    caddy,
    apis.map(({ port }) => `127.0.0.1:${port}`),
  );

  /** As a deployment does it. The new process listens at the old one's address, and is ready. */
  async function restart(role: "api" | "worker", before: RoleProcess): Promise<void> {
    const [code] = await Promise.all([before.end(), role === "api" && untilNotReady(before)]);
    expect({ code, errors: before.errors() }).toMatchObject({ code: 0 });
    const after = await start[role]({ PORT: String(before.port) });
    await vi.waitFor(async () => expect((await fetch(`${after.url}/readyz`)).status).toBe(200));
  }
  return { url, apis, workers, restart };
}

/**
 * What a proxy does that asks four times a second: until it is told that the API is not ready, it sends requests there. Caddy
 * mends most of what an end without a warning would break.
 *
 * @throws when the API listens no more before it has said so.
 */
async function untilNotReady({ url }: RoleProcess): Promise<void> {
  const isReady = async () =>
    (await fetch(`${url}/readyz`, { headers: { connection: "close" } })).status !== 503;
  while (await isReady()) await sleep(250);
}

await describeWith(programs, "two APIs and two workers behind Caddy", (found) => {
  test("are restarted one after the other under load: no request fails, no session is lost", async () => {
    const redis = await startRedis(found.redis);
    const installation = await install(redis.address);
    const { db, headers, personaId, events, unfinished } = installation;
    const shop = await serveDemoSite({ port: 0 });
    atEnd(shop.close);
    const { url, apis, workers, restart } = await startFleet(found, installation, shop.url);

    // As long as a session can be: it has to be under way when its worker goes.
    const task = { url: shop.url, objective: "Look around", personaId };
    const begin = async () => {
      const body = JSON.stringify(task);
      const json = { ...headers, "content-type": "application/json" };
      const response = await fetch(`${url}/api/sessions`, { method: "POST", headers: json, body });
      return ((await response.json()) as { id: string }).id;
    };
    const own = await Promise.all([begin(), begin(), begin(), begin()]);
    const readers = own.flatMap((id) => [1, 2, 3].map(() => follow([url], id, headers)));
    const load = startLoad(url, headers, task);

    for (const n of [0, 1] as const) {
      // It has to have something to hand over.
      await vi.waitUntil(() => workers[n].log().includes('"session runs"'), 60_000);
      await Promise.all([restart("api", apis[n]), restart("worker", workers[n])]);
      expect(workers[n].log()).not.toContain('"attempt failed"');
    }
    await Promise.all(readers.map(({ over }) => over));
    await load.stop();
    await vi.waitFor(async () => expect(await unfinished()).toBe(0), { timeout: 60_000, interval: 100 });

    expect(load.failures).toEqual({});
    expect(load.requests()).toBeGreaterThan(200);
    expect(readers.flatMap(({ troubles }) => troubles)).toEqual([]);
    for (const { sessionId, received } of readers) {
      const written = await events(sessionId);
      expect(received.map(({ seq }) => seq)).toEqual(written.map((_, index) => index + 1));
      // A verdict of its own; what it had in the shop's basket before the hand-over is the lost browser's.
      expect(written.at(-1)).toMatchObject({
        type: "ended",
        status: expect.stringMatching(/^(passed|failed)$/),
        reason: expect.not.stringContaining("TestFarm could not finish it"),
      });
    }
    // A worker that was restarted had a session, which another one went on with, unless it was over at that very moment: a
    // loss would be another attempt.
    const continued = eq(sessionEvents.type, "continued");
    expect(await db.$count(sessionEvents, continued)).toBeGreaterThanOrEqual(1);
    expect(await db.$count(sessionEvents, and(continued, sql`payload ->> 'lost' <> 'false'`))).toBe(0);
    expect(await db.$count(sessions, gt(sessions.attempt, 1))).toBe(0);
  }, 300_000);
});
