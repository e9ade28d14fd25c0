import { pino } from "pino";
import { expect, test, vi } from "vitest";
import type { Agent, Decision } from "../../../app/agent/contract.ts";
import { browsers } from "../../../app/browser/index.ts";
import { browserPool } from "../../../app/browser/pool.ts";
import type { SessionEvent } from "../../../app/contract.ts";
import { createSession, findSession } from "../../../app/db/sessions.ts";
import { openServices } from "../../../app/services.ts";
import { runSession } from "../../../app/session/run.ts";
import { startWorker } from "../../../app/worker/start.ts";
import { atEnd } from "../../support/at-end.ts";
import { chromium } from "../../support/chromium.ts";
import { install } from "../../support/installation.ts";
import { describeWith } from "../../support/services.ts";
import { page, serveSite } from "../session/site.ts";
import { startPool, token } from "./browsers.ts";

/** Goes from page to page, and is content at the last one. */
const script =
  (site: string, ...paths: readonly string[]) =>
  (): Agent => ({
    async decide({ step }): Promise<Decision> {
      const path = paths[step - 2];
      if (path === undefined) return { kind: "end", passed: true, reason: "All pages are there." };
      return {
        kind: "act",
        action: { kind: "goto", url: `${site}${path}` },
        reasoning: "It is in the script.",
      };
    },
  });

/**
 * A session on a worker with two browsers of two processes, the first of which it gets. In its second step it waits for a
 * page, which the first time is as late as it is said.
 */
async function startScene(lateness: number) {
  const { db, env, orgId, personaId, events } = await install();
  let visits = 0;
  const site = await serveSite({
    "/": page("<h1>Start</h1>"),
    "/late": (_, response) => {
      const answer = () =>
        response.writeHead(200, { "content-type": "text/html" }).end(page("<h1>Late</h1>"));
      setTimeout(answer, visits++ === 0 ? lateness : 0);
    },
    "/last": page("<h1>Last</h1>"),
  });
  atEnd(site.close);
  const roles = await startPool(site.url, { processes: 2, places: 1 });
  const [first, second] = [roles[0], roles[1]!];
  const databaseUrl = env["DATABASE_URL"]!;
  const services = await openServices(
    { databaseUrl, directUrl: databaseUrl, storageDirectory: env["STORAGE_DIR"]! },
    pino({ level: "silent" }),
  );
  atEnd(services.close);
  const warn = vi.fn<(message: string) => void>();
  const worker = await startWorker({
    ...services,
    runSession,
    createAgent: script(site.url, "/late", "/last"),
    browsers: browsers.remote({
      ...browserPool({ baseURL: first.url, apiKey: token }),
      // As a resolver would give them, had this machine an address for each.
      processes: () => Promise.resolve([first.url, second.url]),
      maxSeconds: 300,
      warn,
    }),
    budget: { maxSteps: 10, maxMilliseconds: 120_000, maxTokens: 1 },
    concurrency: 1,
  });
  atEnd(worker.close);
  const { id } = await createSession(db, orgId, { url: site.url, objective: "See all pages", personaId });
  await services.queue.add({ orgId, sessionId: id });
  const find = async () => (await findSession(db, orgId, id))!;
  return {
    first,
    second,
    site,
    warn,
    find,
    events: () => events(id),
    untilItIsLate: () =>
      vi.waitUntil(() => site.requests.includes("GET /late"), { timeout: 30_000, interval: 10 }),
    untilItPassed: () =>
      vi.waitFor(async () => expect(await find()).toMatchObject({ status: "passed" }), {
        timeout: 40_000,
        interval: 50,
      }),
  };
}

const courseOf = (events: readonly SessionEvent[]) =>
  events
    .filter(({ type }) => type !== "finding")
    .map((event) => ("step" in event ? `${event.type} ${event.step}` : event.type));

await describeWith(chromium, "a browser whose role is told to end in the middle of a step", () => {
  test("finishes the step; its session goes on after it in another browser, in the same attempt", async () => {
    const { first, second, site, warn, find, events, ...scene } = await startScene(4_000);
    await scene.untilItIsLate();
    const told = performance.now();
    expect(await first.end()).toBe(0);
    const took = performance.now() - told;
    // It waits for the step, and for nothing else.
    expect(took).toBeGreaterThan(3_000);
    expect(took).toBeLessThan(10_000);
    expect(first.errors()).toBe("");
    await scene.untilItPassed();

    expect(await find()).toMatchObject({ attempt: 1, steps: 3, reason: "All pages are there." });
    const written = await events();
    expect(courseOf(written)).toEqual(["started", "step 1", "step 2", "continued 2", "step 3", "ended"]);
    expect(written.map(({ seq }) => seq)).toEqual(written.map((_, index) => index + 1));
    expect(written.find(({ type }) => type === "continued")).toMatchObject({ lost: false, attempt: 1 });
    expect(written.filter(({ type }) => type === "step")).toEqual([
      expect.objectContaining({ url: `${site.url}/`, error: null }),
      expect.objectContaining({ url: `${site.url}/late`, error: null }),
      expect.objectContaining({ url: `${site.url}/last`, error: null }),
    ]);
    // The other browser begins where the first one was.
    expect(site.requests).toEqual(["GET /", "GET /late", "GET /late", "GET /last"]);
    expect(second.log().match(/"browser started"/g)).toHaveLength(1);
    expect(warn).not.toHaveBeenCalled();
  }, 120_000);

  test("gives up a step that takes too long, which is taken in another browser, in the same attempt", async () => {
    const { first, site, find, events, ...scene } = await startScene(60_000);
    await scene.untilItIsLate();
    const told = performance.now();
    expect(await first.end()).toBe(0);
    const took = performance.now() - told;
    expect(took).toBeGreaterThan(10_000);
    expect(took).toBeLessThan(18_000);
    await scene.untilItPassed();
    expect(await find()).toMatchObject({ attempt: 1, steps: 3 });
    expect(courseOf(await events())).toEqual([
      "started",
      "step 1",
      "continued 1",
      "step 2",
      "step 3",
      "ended",
    ]);
    expect(site.requests).toEqual(["GET /", "GET /late", "GET /", "GET /late", "GET /last"]);
  }, 120_000);

  test("and is killed before it could say so: that is a failed try, as it always was", async () => {
    const { first, find, events, ...scene } = await startScene(60_000);
    await scene.untilItIsLate();
    await first.kill();
    await scene.untilItPassed();
    expect(await find()).toMatchObject({ attempt: 2, steps: 3 });
    const course = courseOf(await events());
    expect(course.slice(course.lastIndexOf("started"))).toEqual([
      "started",
      "step 1",
      "step 2",
      "step 3",
      "ended",
    ]);
  }, 120_000);
});
