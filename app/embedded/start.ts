import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { colours } from "../cli/colours.ts";
import type { Logger } from "pino";
import { agentOf } from "../agent/index.ts";
import { startApi } from "../api/start.ts";
import { migrate } from "../db/migrate.ts";
import { serveDemoSite } from "../demo-site/serve.ts";
import { ownSiteAccess } from "../egress/own-site.ts";
import type { Env } from "../env.ts";
import { addressesOf, openServices } from "../services.ts";
import { startWorker } from "../worker/start.ts";
import { workerTools } from "../worker/tools.ts";
import { prepareFirstRun } from "./first-run.ts";
import { openInstallation } from "./installation.ts";
import type { Lock } from "./lock.ts";
import { preparePage } from "./page.ts";
import { freePort } from "./port.ts";
import { startPostgres } from "./postgres.ts";

const hostname = "127.0.0.1";
const defaultPort = 3001;

/**
 * All roles in this process, for one person on their own machine. Needs nothing but the package: PostgreSQL's programs
 * come with it.
 *
 * @param closers receives what ends each part, as soon as the part has begun; the last one is called first.
 */
export async function startEmbedded(
  env: Env<"all">,
  lock: Lock,
  log: Logger,
  closers: (() => Promise<void>)[],
): Promise<void> {
  const home = env.TESTFARM_HOME;
  const { settings, save } = await openInstallation(home);
  const building = preparePage(() => say("Building the page ..."));
  // Its failure is reported where it is waited for.
  building.catch(() => undefined);

  const databases = await findDatabase(env, settings.databasePassword, closers);
  await migrate(databases.admin);
  const storageDirectory = env.STORAGE_DIR ?? join(home, "storage");
  await mkdir(storageDirectory, { recursive: true, mode: 0o700 });
  const addresses = addressesOf({
    ...env,
    DATABASE_URL: databases.url,
    DATABASE_DIRECT_URL: databases.direct,
    STORAGE_DIR: storageDirectory,
  });
  const services = await openServices(addresses, log);
  closers.push(() => services.close());

  const demoSite = await serveDemoSite({ port: await freePort(settings.demoSitePort) });
  closers.push(() => demoSite.close());
  await save({ demoSitePort: Number(new URL(demoSite.url).port) });
  const { principal, sessionId } = await prepareFirstRun(services.db, demoSite.url);

  const api = await startApi({
    ...services,
    hostname,
    port: env.PORT ?? (await freePort(defaultPort)),
    authenticate: () => Promise.resolve(principal),
    offer: { demoSite: demoSite.url, agent: agentOf(env) },
    isLocal: true,
    page: await building,
  });
  closers.push(() => api.close());
  const worker = await startWorker({
    ...services,
    ...workerTools(env, say, ownSiteAccess),
    concurrency: env.WORKER_CONCURRENCY ?? 1,
  });
  closers.push(() => worker.close());

  const { movedTo } = services.gate.now();
  if (movedTo !== null) say(`This installation has moved to ${movedTo}. Here it can only be looked at.`);
  const url = `http://localhost:${api.port}`;
  lock.announce(url);
  say(`TestFarm runs. Open ${colours.bold(url)}`);
  if (sessionId !== undefined) say(`Watch its first session: ${url}/sessions/${sessionId}`);
  say(colours.dim(`Demo site: ${demoSite.url}   Data and log: ${home}   Ctrl-C ends everything.`));
}

interface Databases {
  readonly url: string;
  readonly direct: string;
  readonly admin: string;
}

async function findDatabase(
  env: Env<"all">,
  password: string,
  closers: (() => Promise<void>)[],
): Promise<Databases> {
  if (env.DATABASE_URL !== undefined) {
    const direct = env.DATABASE_DIRECT_URL ?? env.DATABASE_URL;
    return { url: env.DATABASE_URL, direct, admin: env.DATABASE_ADMIN_URL ?? direct };
  }
  const postgres = await startPostgres({ directory: join(env.TESTFARM_HOME, "postgres"), password });
  closers.push(() => postgres.stop());
  return { url: postgres.url, direct: postgres.url, admin: postgres.url };
}

const say = (line: string) => console.log(line);
