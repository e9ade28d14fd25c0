import { readFile } from "node:fs/promises";
import { beforeAll, expect, test, vi } from "vitest";
import type { Session } from "../../../app/contract.ts";
import { freePort } from "../../../app/embedded/port.ts";
import { serveDemoSite } from "../../../app/demo-site/serve.ts";
import { callerOf, type Answer } from "../../support/api.ts";
import { atEnd } from "../../support/at-end.ts";
import { chromium } from "../../support/chromium.ts";
import { processTree } from "../../support/processes.ts";
import { redisProgram } from "../../support/redis.ts";
import { s3, type TestBucket } from "../../support/s3.ts";
import { describeWith } from "../../support/services.ts";
import { acts, fails, says, serveMessages } from "../agent/messages-api.ts";
import { startCollector } from "../telemetry/collector.ts";
import { frontendUrl, givenSecrets, runToEnd, startFarm, startGround, type Ground } from "./farm.ts";
import { leaks, marker } from "./search.ts";

const ends = says({
  input: { reasoning: "Seen.", action: { kind: "end", passed: true, reason: "It works." } },
});

const services = {
  name: "Chromium, Redis and S3 server",
  needs: [chromium.needs, redisProgram.needs, s3.needs].join(" "),
  async find() {
    const [browser, program, bucket] = [await chromium.find(), await redisProgram.find(), await s3.find()];
    if (browser === undefined || program === undefined || bucket === undefined) return undefined;
    return { program, bucket };
  },
};

await describeWith(services, "an installation with a canary in every secret", ({ program, bucket }) => {
  /** Whatever anybody but its owner may read. */
  const said: Record<string, string> = {};
  const answers: Record<string, string> = {};
  const secrets: Record<string, string> = {};

  beforeAll(() => goThroughEverything(program, bucket, { said, answers, secrets }), 300_000);

  test("has been through all that it can be asked, and through trouble", () => {
    const log = said["log of api"] + said["log of worker"]!;
    for (const line of [
      "request failed",
      "does not answer",
      "connection lost",
      "session ended",
      "attempt failed",
    ])
      expect(log, line).toContain(`"msg":"${line}"`);
    expect(said["log of browser"]).toContain("browser ended");
    expect(said["command lines"]).toContain("--remote-debugging-pipe");
    expect(said["traces"]).toContain("process sessions");
    expect(said["metrics of api"]).toContain("testfarm_http_request_duration_seconds");
    expect(said["doctor in trouble"]).toContain("Redis");
    expect(Object.keys(answers).length).toBeGreaterThan(40);
    expect(Object.values(secrets).filter((secret) => secret.length < 12)).toEqual([]);
  });

  test("says none of them in logs, errors, traces, metrics, command lines or advice", () => {
    expect(leaks(said, secrets)).toEqual([]);
    const control = { planted: `${said["log of api"]}${JSON.stringify({ err: secrets["AUTH_SECRET"] })}` };
    expect(leaks(control, secrets)).toEqual(["planted: AUTH_SECRET"]);
  });

  test("answers with none but those that were asked for", () => {
    const wanted = /POST \/api\/auth\/(api-key\/create|sign-in\/email): (apiKey|cookie)$/;
    expect(leaks(answers, secrets).filter((leak) => !wanted.test(leak))).toEqual([]);
  });
});

interface Records {
  readonly said: Record<string, string>;
  readonly answers: Record<string, string>;
  readonly secrets: Record<string, string>;
}

/** A whole installation with its good and bad moments; what it says and answers, and its secrets, are kept. */
async function goThroughEverything(
  program: string,
  bucket: () => Promise<TestBucket>,
  { said, answers, secrets }: Records,
): Promise<void> {
  const given = givenSecrets();
  const collector = await startCollector();
  const messages = await serveMessages(
    acts({ kind: "resize", device: "phone" }),
    ends,
    fails(401, "authentication_error"),
  );
  atEnd(messages.close);
  const site = await serveDemoSite({ port: 0 });
  atEnd(site.close);
  const place = await bucket();
  const ground = await startGround(given, {
    bucket: place,
    redisProgram: program,
    collector: collector.url,
    messages: messages.url,
  });
  const typed = {
    ownerPassword: marker("owner"),
    wrongPassword: marker("wrong"),
    sitePassword: marker("site"),
  };
  Object.assign(secrets, given, typed, { AWS_SECRET_ACCESS_KEY: place.credentials.secretAccessKey });

  const migrated = await runToEnd(["app/main.ts", "migrate"], ground.env);
  said["migrate"] = migrated.output;
  expect(migrated.code).toBe(0);
  const farm = await startFarm(ground, new URL(site.url).host);

  const ask = async (...[method, path, body, headers]: Parameters<ReturnType<typeof callerOf>>) => {
    const answer = await callerOf(farm.api.url)(method, path, body, { origin: frontendUrl, ...headers });
    const text = JSON.stringify([answer.body, [...answer.headers]]);
    answers[`${Object.keys(answers).length} ${method} ${path.split("?")[0]}`] = text;
    return answer;
  };
  const owner = await signIn(ask, given.OWNER_BOOTSTRAP_TOKEN, typed);
  Object.assign(secrets, { cookie: owner.cookieValue, apiKey: owner.key });

  const start = async (address: string): Promise<Session> => {
    const url = Object.assign(new URL(address), { username: "user", password: typed.sitePassword }).href;
    const input = { url, objective: "Look around", personaId: owner.personaId };
    return (await ask("POST", "/api/sessions", input, owner.headers)).body as Session;
  };
  const until = (id: string, done: (session: Session) => boolean) =>
    vi.waitFor(
      async () => {
        const { body } = await ask("GET", `/api/sessions/${id}`, undefined, owner.headers);
        expect(done(body as Session), JSON.stringify(body)).toBe(true);
      },
      { timeout: 60_000, interval: 250 },
    );

  // One that passes, one whose site is away, one whose model is.
  const passing = await start(site.url);
  await until(passing.id, ({ steps }) => steps > 0);
  said["command lines"] = await commandLines(Object.values(farm).map(({ pid }) => pid));
  await until(passing.id, ({ status }) => status === "passed");
  await ask("GET", `/api/sessions/${passing.id}/events`, undefined, owner.headers);
  const failing = await start(`https://127.0.0.1:${await freePort()}/`);
  await until(failing.id, ({ status }) => status === "failed");
  const broken = await start(site.url);
  await vi.waitFor(() => expect(farm.worker.log()).toContain("attempt failed"), 60_000);
  await ask("POST", `/api/sessions/${broken.id}/cancel`, undefined, owner.headers);
  await askEverything(ask, passing.id, owner);

  // Moments without database and queue.
  const doctor = async (title: string) => {
    said[title] = (await runToEnd(["app/cli/doctor.ts"], ground.env)).output;
  };
  await Promise.all([doctor("doctor"), misconfigured(ground, said)]);
  await ground.database.shutOut();
  await ground.redis.kill();
  await Promise.all([
    doctor("doctor in trouble"),
    askEverything(ask, passing.id, owner),
    ask("GET", "/readyz"),
    ask("POST", "/api/auth/sign-in/email", { email: "owner@farm.test", password: typed.ownerPassword }),
  ]);
  for (const role of ["api", "worker", "browser"] as const)
    said[`metrics of ${role}`] = await (await fetch(`${farm[role].url}/metrics`)).text();
  await ground.redis.start();
  await ground.database.letIn();

  for (const [role, { end, log, errors }] of Object.entries(farm)) {
    await end();
    said[`log of ${role}`] = log();
    said[`errors of ${role}`] = errors();
  }
  said["traces"] = Buffer.concat(collector.bodies).toString("latin1");
}

type Ask = (...request: Parameters<ReturnType<typeof callerOf>>) => Promise<Answer>;
type Owner = Awaited<ReturnType<typeof signIn>>;

/** Makes the owner, signs them in and makes a key, not without going wrong at each of it first. */
async function signIn(
  ask: Ask,
  token: string,
  {
    ownerPassword: password,
    wrongPassword,
  }: { readonly ownerPassword: string; readonly wrongPassword: string },
) {
  const email = "owner@farm.test";
  const owner = { organization: "Acme", name: "Owner", email, password };
  await ask("POST", "/api/setup", { ...owner, token: wrongPassword });
  await ask("POST", "/api/setup", { ...owner, token: 1 });
  expect((await ask("POST", "/api/setup", { ...owner, token })).status).toBe(204);
  await ask("POST", "/api/auth/sign-in/email", { email, password: wrongPassword });
  const signedIn = await ask("POST", "/api/auth/sign-in/email", { email, password });
  expect(signedIn.status).toBe(200);
  const cookie = signedIn.headers.getSetCookie().map((line) => line.split(";")[0]!);
  const headers = { cookie: cookie.join("; ") };
  const { body: me } = await ask("GET", "/api/me", undefined, headers);
  const created = await ask(
    "POST",
    "/api/auth/api-key/create",
    { name: "CI", organizationId: me.organization.id },
    headers,
  );
  expect(created.status).toBe(200);
  const persona = { name: "Visitor", description: "Has never been here.", device: "desktop" };
  const { body: visitor } = await ask("POST", "/api/personas", persona, headers);
  const [, cookieValue = ""] = /session_token=([^.;]+)/.exec(decodeURIComponent(headers.cookie)) ?? [];
  return { headers, cookieValue, key: created.body.key as string, personaId: visitor.id as string };
}

/** Every route, as nobody, as a program and as the owner, with what fits no schema, and with secrets in the address. */
async function askEverything(
  ask: Ask,
  sessionId: string,
  { headers, cookieValue, key }: Owner,
): Promise<void> {
  const { body } = await ask("GET", "/api/openapi.json", undefined, headers);
  const paths = (body.paths ?? {}) as Record<string, object>;
  for (const [pattern, methods] of Object.entries(paths)) {
    const path = pattern.replace("{id}", sessionId).replace("{step}", "1");
    for (const method of Object.keys(methods).map((name) => name.toUpperCase())) {
      if (method === "DELETE") continue;
      const input = method === "GET" ? undefined : { url: key, password: cookieValue, token: 1 };
      await ask(method, `${path}?key=${key}`, input);
      await ask(method, path, input, { "x-api-key": key });
      await ask(method, path, input, headers);
    }
  }
  await ask("GET", `/api/no/such/address?token=${cookieValue}`, undefined, headers);
}

/** Roles that cannot start: their environment is wrong, or what it names does not let them in. */
async function misconfigured({ env }: Ground, said: Record<string, string>): Promise<void> {
  const elsewhere = (name: "DATABASE_URL" | "REDIS_URL", change: Partial<URL>) => ({
    [name]: Object.assign(new URL(env[name]), change).href,
  });
  const port = String(await freePort());
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
    "a Redis that is away": elsewhere("REDIS_URL", { port }),
    "a user that Redis does not know": elsewhere("REDIS_URL", { username: "nobody" }),
    "headers that are none": { OTEL_EXPORTER_OTLP_HEADERS: env.OTEL_EXPORTER_OTLP_HEADERS.replace("=", " ") },
  };
  const starts = Object.entries(cases).map(async ([title, change]) => {
    const { code, output } = await runToEnd(["app/main.ts", "worker"], { ...env, ...change });
    expect([title, code, output.length > 20]).toEqual([title, 1, true]);
    said[title] = output;
  });
  await Promise.all(starts);
}

/** Empty for a process that has ended since. */
const commandLine = (pid: number) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");

async function commandLines(roots: readonly number[]): Promise<string> {
  const trees = await Promise.all(roots.map(processTree));
  return (await Promise.all(trees.flat().map(commandLine))).join("\n").replaceAll("\0", " ");
}
