import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { createSession, listSessions } from "../../app/db/sessions.ts";
import { serveDemoSite } from "../../app/demo-site/serve.ts";
import { ownSiteAccess } from "../../app/egress/own-site.ts";
import { openServices } from "../../app/services.ts";
import { startWorker } from "../../app/worker/start.ts";
import { workerTools } from "../../app/worker/tools.ts";
import { createTenant } from "../support/api.ts";
import { atEnd } from "../support/at-end.ts";
import { migratedDatabase } from "../support/postgres.ts";
import type { Bench } from "./bench.ts";

/** What each of them is asked to do; the explorer needs some 10 to 25 steps for it. */
const objective = "Buy a mug and complete the checkout";

/** The explorer on the demo site, one worker with five sessions at once beside one with a single one. */
export const sessions: Bench = {
  name: "sessions",
  how: `the explorer on the demo site, ${cpus().length} processors; processor seconds are those of the whole machine`,
  async run() {
    const one = await measure({ atOnce: 1, sessions: 2 });
    const five = await measure({ atOnce: 5, sessions: 10 });
    return [
      {
        what: "sessions an hour",
        baseline: `${one.perHour} one by one`,
        measured: `${five.perHour}, 5 at once`,
      },
      {
        what: "processor seconds a session",
        baseline: one.processorSeconds,
        measured: five.processorSeconds,
      },
      { what: "steps a session", baseline: one.steps, measured: five.steps },
    ];
  },
};

async function measure(load: { readonly atOnce: number; readonly sessions: number }) {
  const databaseUrl = await migratedDatabase();
  const storageDirectory = await mkdtemp(join(tmpdir(), "testfarm-bench-"));
  atEnd(() => rm(storageDirectory, { recursive: true }));
  const log = pino({ level: "silent" });
  const services = await openServices({ databaseUrl, directUrl: databaseUrl, storageDirectory }, log);
  const site = await serveDemoSite({ port: 0 });
  const { orgId, personaId } = await createTenant(services, "Bench");
  for (let n = 0; n < load.sessions; n++) {
    const { id } = await createSession(services.db, orgId, { url: site.url, objective, personaId });
    await services.queue.add({ orgId, sessionId: id });
  }
  const started = performance.now();
  const before = processorSeconds();
  const tools = workerTools({}, () => undefined, ownSiteAccess);
  const worker = await startWorker({ ...services, ...tools, concurrency: load.atOnce });
  const list = () => listSessions(services.db, orgId, load.sessions);
  while ((await list()).some(({ endedAt }) => endedAt === null)) await sleep(200);
  const seconds = (performance.now() - started) / 1_000;
  const used = processorSeconds() - before;
  const ended = await list();
  await worker.close();
  await site.close();
  await services.close();
  if (ended.some(({ status }) => status !== "passed"))
    throw new Error(`Not every session passed: ${ended.map(({ status, reason }) => `${status}: ${reason}`)}`);
  return {
    perHour: Math.round((load.sessions / seconds) * 3_600),
    processorSeconds: (used / load.sessions).toFixed(1),
    steps: (ended.reduce((sum, { steps }) => sum + steps, 0) / load.sessions).toFixed(1),
  };
}

/** Of all programs on the machine, since it started. */
const processorSeconds = () =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1_000;
