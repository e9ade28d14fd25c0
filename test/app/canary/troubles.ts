import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, vi } from "vitest";
import { freePort } from "../../../app/embedded/port.ts";
import { atEnd } from "../../support/at-end.ts";
import { startBrowserbase } from "../../support/browserbase.ts";
import { startRole } from "../../support/role-process.ts";
import { runToEnd, type Farm, type Ground } from "./farm.ts";
import type { Records } from "./records.ts";
import { marker } from "./search.ts";

/** Roles that cannot start: their environment is wrong, or what it names does not let them in. */
export async function startMisconfigured({ env }: Ground, { said, secrets }: Records): Promise<void> {
  const elsewhere = (name: "DATABASE_URL" | "REDIS_URL", change: Partial<URL>) => ({
    [name]: Object.assign(new URL(env[name]), change).href,
  });
  const port = String(await freePort());
  const [wrongDatabasePassword, wrongRedisPassword] = [marker("wrong-database"), marker("wrong-redis")];
  Object.assign(secrets, { wrongDatabasePassword, wrongRedisPassword });
  // Where the queue is on PostgreSQL too, nothing starts without it.
  const onPostgres = { REDIS_URL: "" };
  const cases = {
    "a wrong environment": {
      DATABASE_URL: env.DATABASE_URL.replace("postgres", "mysql"),
      REDIS_CLUSTER: "maybe",
    },
    "a database that is away": { ...elsewhere("DATABASE_URL", { port }), ...onPostgres },
    "a user that the database does not know": {
      ...elsewhere("DATABASE_URL", { username: "nobody" }),
      ...onPostgres,
    },
    "a wrong password for the database": {
      ...elsewhere("DATABASE_URL", { password: encodeURIComponent(wrongDatabasePassword) }),
      ...onPostgres,
    },
    "a Redis that is away": elsewhere("REDIS_URL", { port }),
    "a user that Redis does not know": elsewhere("REDIS_URL", { username: "nobody" }),
    "a wrong password for Redis": elsewhere("REDIS_URL", {
      password: encodeURIComponent(wrongRedisPassword),
    }),
    "headers that are none": { OTEL_EXPORTER_OTLP_HEADERS: env.OTEL_EXPORTER_OTLP_HEADERS.replace("=", " ") },
  };
  const starts = Object.entries(cases).map(async ([title, change]) => {
    const { code, output } = await runToEnd(["app/main.ts", "worker"], { ...env, ...change });
    expect([title, code, output.length > 20]).toEqual([title, 1, true]);
    said[title] = output;
  });
  await Promise.all(starts);
}

/** What stands in front of a service that is down. */
async function serveBadGateway(): Promise<string> {
  const server = createServer((_, response) => response.writeHead(502).end("<h1>502 Bad Gateway</h1>"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Work {
  /** A site that the role `browser` may visit. */
  readonly site: string;
  /** Starts a session on a site. @returns what cancels it. */
  begin(site: string): Promise<() => Promise<unknown>>;
}

/** Public, and in a block that has been given to nobody: whoever visits it gets nowhere. */
const nowhere = "http://[3d00::1]/";

/** One worker after the other, each with a session and something that does not go well. */
export async function startTroubledWorkers(
  { env }: Ground,
  { browser }: Farm,
  { site, begin }: Work,
  { said, secrets }: Records,
): Promise<void> {
  const [wrongBucketKey, wrongBrowserbaseKey] = [marker("wrong-bucket"), marker("wrong-browserbase")];
  Object.assign(secrets, { wrongBucketKey, wrongBrowserbaseKey });
  const browserbase = await startBrowserbase(env.BROWSERBASE_API_KEY, env.BROWSERBASE_PROJECT_ID);
  atEnd(browserbase.close);
  const cases = {
    "a wrong key for the bucket": {
      env: { BROWSER_URL: browser.url, AWS_SECRET_ACCESS_KEY: wrongBucketKey },
      site,
      says: /\(S3_BUCKET\) does not take/,
    },
    "a browser from Browserbase": {
      env: { BROWSERBASE_BASE_URL: browserbase.url },
      site: nowhere,
      says: /"session ended"/,
    },
    "a key that Browserbase does not know": {
      env: { BROWSERBASE_BASE_URL: browserbase.url, BROWSERBASE_API_KEY: wrongBrowserbaseKey },
      site: nowhere,
      says: /gave no browser: Unauthorized/,
    },
    "a Browserbase that is down": {
      env: { BROWSERBASE_BASE_URL: await serveBadGateway() },
      site: nowhere,
      says: /gave no browser: 502/,
    },
  };
  for (const [title, { env: own, site: tested, says }] of Object.entries(cases)) {
    const cancel = await begin(tested);
    const worker = await startRole("worker", { ...env, ...own });
    await vi.waitFor(() => expect(worker.log(), title).toMatch(says), { timeout: 60_000, interval: 100 });
    await cancel();
    await worker.end();
    said[`worker with ${title}`] = worker.log() + worker.errors();
  }
  expect(browserbase.statuses()).toEqual(["COMPLETED"]);
}
