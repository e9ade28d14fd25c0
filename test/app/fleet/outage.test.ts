import { once } from "node:events";
import { expect, test, vi } from "vitest";
import type { SessionEvent } from "../../../app/contract.ts";
import { createSession, findSession } from "../../../app/db/sessions.ts";
import { serveDemoSite } from "../../../app/demo-site/serve.ts";
import { atEnd } from "../../support/at-end.ts";
import { chromium } from "../../support/chromium.ts";
import { install } from "../../support/installation.ts";
import { redisProgram, startRedis } from "../../support/redis.ts";
import { startRole } from "../../support/role-process.ts";
import { describeWith } from "../../support/services.ts";
import { acts, apiKey, neverAnswers, says, serveMessages, type Reply } from "../agent/messages-api.ts";
import { startBrowsers } from "./browsers.ts";

const services = {
  name: "Chromium and Redis",
  needs: [chromium.needs, redisProgram.needs].join(" "),
  find: async () => ((await chromium.find()) ? redisProgram.find() : undefined),
};

const resizes = (device: "phone" | "desktop") => acts({ kind: "resize", device });
const passes = says({
  input: { reasoning: "Seen.", action: { kind: "end", passed: true, reason: "It works." } },
});

/** An installation on a Redis of its own, whose sessions do in a real browser what a model's replies say. */
async function startGround(program: string, ...replies: [Reply, ...Reply[]]) {
  const redis = await startRedis(program);
  const [installation, shop, messages] = await Promise.all([
    install(redis.address),
    serveDemoSite({ port: 0 }),
    serveMessages(...replies),
  ]);
  atEnd(shop.close);
  atEnd(messages.close);
  const browsers = await startBrowsers(shop.url);
  const { db, env, orgId, personaId } = installation;
  const model = { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: messages.url };
  const find = async (id: string) => (await findSession(db, orgId, id))!;
  return {
    ...installation,
    redis,
    messages,
    task: { url: shop.url, objective: "Look around", personaId },
    startWorker: () => startRole("worker", { ...env, ...browsers, ...model }),
    find,
    untilItPassed: (id: string) =>
      vi.waitFor(async () => expect(await find(id)).toMatchObject({ status: "passed" }), {
        timeout: 60_000,
        interval: 100,
      }),
  };
}

const courseOf = (events: readonly SessionEvent[]) =>
  events
    .filter(({ type }) => type !== "finding")
    .map((event) => ("step" in event ? `${event.type} ${event.step}` : event.type));

await describeWith(services, "while Redis is away", (program) => {
  test("a worker that ends keeps where its session is, and another one goes on after that step", async () => {
    const away = new AbortController();
    const ground = await startGround(
      program,
      resizes("phone"),
      (...asked) => void once(away.signal, "abort").then(() => resizes("desktop")(...asked)),
      // It is thinking about step 4 when it is told to end.
      neverAnswers,
      resizes("phone"),
      passes,
    );
    const { redis, messages, find, events } = ground;
    const { id } = await createSession(ground.db, ground.orgId, ground.task);
    // It finds the session when it starts: whatever has not ended and is not in the queue.
    const worker = await ground.startWorker();
    const untilItAsks = (times: number) =>
      vi.waitFor(() => expect(messages.requests).toHaveLength(times), { timeout: 30_000, interval: 20 });
    await untilItAsks(2);
    await redis.kill();
    away.abort();
    await untilItAsks(3);

    expect({ code: await worker.end(), errors: worker.errors() }).toEqual({ code: 0, errors: "" });
    expect(worker.log()).toContain('"session handed over"');
    expect(await find(id)).toMatchObject({ status: "queued", attempt: 1, steps: 3 });
    expect(courseOf(await events(id))).toEqual(["started", "step 1", "step 2", "step 3"]);

    await redis.start();
    await ground.startWorker();
    await ground.untilItPassed(id);
    expect(await find(id)).toMatchObject({ attempt: 1, steps: 4, reason: "It works." });
    const written = await events(id);
    expect(courseOf(written)).toEqual([
      "started",
      "step 1",
      "step 2",
      "step 3",
      "continued 3",
      "step 4",
      "ended",
    ]);
    expect(written.find(({ type }) => type === "continued")).toMatchObject({ lost: false });
    expect(written.map(({ seq }) => seq)).toEqual(written.map((_, index) => index + 1));
  }, 120_000);

  test("a session is taken all the same, and a worker that was there all the time brings it to its end", async () => {
    const ground = await startGround(program, passes);
    const { env, headers, redis, task, find, events } = ground;
    const [api, worker] = await Promise.all([startRole("api", env), ground.startWorker()]);
    await redis.kill();
    const response = await fetch(`${api.url}/api/sessions`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(task),
    });
    expect(response.status).toBe(201);
    const { id } = (await response.json()) as { id: string };
    await vi.waitFor(() => expect(api.log()).toContain("the queue is away; a worker adds the session later"));
    expect(await find(id)).toMatchObject({ status: "queued" });

    await redis.start();
    await ground.untilItPassed(id);
    expect(courseOf(await events(id))).toEqual(["started", "step 1", "ended"]);
    expect(worker.log().match(/"session runs"/g)).toHaveLength(1);
  }, 120_000);
});
