import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import { pino } from "pino";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { members, organizations, users } from "../../../app/db/auth-tables.ts";
import { sessions } from "../../../app/db/schema.ts";
import { serveDemoSite } from "../../../app/demo-site/serve.ts";
import { type Env, readEnv } from "../../../app/env.ts";
import { createAccount } from "../../../app/smoke/account.ts";
import { CheckFailed } from "../../../app/smoke/checks.ts";
import { visit } from "../../../app/smoke/visit.ts";
import { openServices } from "../../../app/services.ts";
import { atEnd } from "../../support/at-end.ts";
import { chromium } from "../../support/chromium.ts";
import { install, type Installation } from "../../support/installation.ts";
import { redis } from "../../support/redis.ts";
import { startRole } from "../../support/role-process.ts";
import { describeWith, type Service } from "../../support/services.ts";
import { startBrowsers } from "../fleet/browsers.ts";

const both: Service<{ openRedis: NonNullable<Awaited<ReturnType<typeof redis.find>>> }> = {
  name: `${chromium.name}, or no ${redis.name}`,
  needs: `${chromium.needs} ${redis.needs}`,
  async find() {
    const [openRedis, browsers] = [await redis.find(), await chromium.find()];
    return openRedis && browsers ? { openRedis } : undefined;
  },
};

/** The role in a process that has only these variables, as a container has. */
async function run(env: Readonly<Record<string, string>>, ...args: string[]) {
  const own = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env };
  const child = spawn(process.execPath, ["--import", "tsx", "app/main.ts", "smoke", ...args], {
    env: own,
    stdio: ["ignore", "pipe", "pipe"],
  });
  atEnd(() => child.kill("SIGKILL"));
  const ended = once(child, "exit") as Promise<[number | null]>;
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  return {
    child,
    async end() {
      const [[code], [stdout, stderr]] = await Promise.all([ended, printed]);
      return {
        code,
        stdout,
        stderr,
        names: [...stdout.matchAll(/^([✓✗] [^:]+):/gm)].map(([, name]) => name),
      };
    },
  };
}

/** What is there of smoke tests, in the database and in the storage. */
async function left({ db, env }: Installation) {
  const own = await db.select().from(organizations).where(eq(organizations.name, "Smoke test"));
  const files = await readdir(env["STORAGE_DIR"]!, { recursive: true });
  return {
    organizations: own.length,
    users: await db.$count(users, sql`email like '%smoke-test.invalid'`),
    sessions: await db.$count(sessions),
    pictures: files.filter((name) => /\.(webp|png)$/.test(name)).length,
  };
}
const nothing = { organizations: 0, users: 0, sessions: 0, pictures: 0 };

await describeWith(both, "a deployment", ({ openRedis }) => {
  describe.each(["PostgreSQL", "Redis"])("whose queue is in %s", (queue) => {
    let installation: Installation;
    let env: Readonly<Record<string, string>>;
    let site: string;
    beforeAll(async () => {
      installation = await install(queue === "Redis" ? await openRedis() : undefined);
      const demo = await serveDemoSite({ port: 0, mended: true });
      atEnd(demo.close);
      site = demo.url;
      env = { ...installation.env, ...(await startBrowsers(site)) };
      await startRole("worker", env);
    });

    test(
      "is found to work by a process that has nothing but the outputs, and nothing is left of it",
      { timeout: 120_000 },
      async () => {
        const { code, stdout, stderr, names } = await (await run(env, "--url", site)).end();
        expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
        const services = ["database", ...(queue === "Redis" ? ["Redis"] : []), "storage"];
        const journey = [
          "API",
          "sign-in",
          "session",
          "browser",
          "screenshot",
          "metrics",
          "sign-out",
          "clean-up",
        ];
        expect(names).toEqual([...services, ...journey].map((name) => `✓ ${name}`));
        expect(stdout).toMatch(/^✓ session: passed on http:\S+ after \d+ steps \(\d+\.\d s\)$/m);
        expect(stdout).toMatch(/^✓ screenshot: of step \d+ is a picture of \d{3,} x \d{3,}, \d+ bytes/m);
        expect(stdout).not.toContain(env["AUTH_SECRET"]);
        expect(await left(installation)).toEqual(nothing);
      },
    );
  });
});

/** What a visit that fails reports. */
async function visitWith(env: Env<"smoke">, limits = { begin: 300, end: 5_000 }, keep = false) {
  const lines: string[] = [];
  const context = {
    write: (line: string) => lines.push(line),
    log: pino({ level: "silent" }),
    signal: new AbortController().signal,
    limits,
  };
  const failure = await visit(env, { url: "https://example.com/", keep }, context).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(CheckFailed);
  return lines.join("\n");
}

describe("a deployment without a worker", () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await install();
  });
  const settings = (more: Readonly<Record<string, string>> = {}): Env<"smoke"> =>
    readEnv("smoke", { ...installation.env, ...more });

  test("is told that nobody takes its sessions, with the outputs to look at; nothing is left", async () => {
    const report = await visitWith(settings());
    expect(report).toMatch(
      /^✗ session: no worker has taken the session within 0\.3 s\. Is one running, on the same queue\? \(\d\.\d s\)\n {2}Look at the stack's outputs REDIS_URL, .*BROWSER_URL.*\.\n✓ clean-up: /m,
    );
    expect(await left(installation)).toEqual(nothing);
  });

  test("waits while workers are busy with other sessions", async () => {
    const { db, orgId, personaId } = installation;
    const task = { url: "http://shop.test/", objective: "Buy a mug", personaId };
    const [other] = await db
      .insert(sessions)
      .values({ ...task, orgId, status: "running" })
      .returning();
    const report = await visitWith(settings(), { begin: 100, end: 600 });
    expect(report).toMatch(
      /^✗ session: the session has not ended within 0\.6 s; it is queued, with 0 ahead of it/m,
    );
    await db.delete(sessions).where(eq(sessions.id, other!.id));
  });

  test("names the output of the service that does not answer, and makes nothing", async () => {
    const report = await visitWith(settings({ DATABASE_URL: "postgres://app:canary@127.0.0.1:1/testfarm" }));
    expect(report).toMatch(
      /^✗ database: database: .*ECONNREFUSED.*\n {2}Look at the stack's outputs DATABASE_URL, /,
    );
    expect(report).not.toContain("canary");
    const unwritable = await visitWith(settings({ STORAGE_DIR: "/dev/null/nowhere" }));
    expect(unwritable).toMatch(
      /^✗ storage: .*\n {2}Look at the stack's outputs S3_BUCKET, .*STORAGE_DIR\.$/m,
    );
    expect(await left(installation)).toEqual(nothing);
  });

  test("keeps what --keep asks for, which lets its user in and no first owner wait", async () => {
    const fresh = await install();
    await fresh.db.delete(members);
    const env = readEnv("smoke", { ...fresh.env, OWNER_BOOTSTRAP_TOKEN: "t".repeat(20) });
    const report = await visitWith(env, undefined, true);
    expect(report).toMatch(
      /^✓ clean-up: nothing is removed; sign in at http:\/\/farm\.test as \S+@smoke-test\.invalid with \S+ /m,
    );
    expect(await left(fresh)).toMatchObject({ organizations: 1, users: 1, sessions: 1 });
    const api = await startRole("api", { ...fresh.env, OWNER_BOOTSTRAP_TOKEN: "t".repeat(20) });
    expect(await (await fetch(`${api.url}/api/setup`)).json()).toEqual({ needsOwner: true });
  });

  test("is rid of what a killed run has left, and of nothing that is younger", async () => {
    const { db, env } = installation;
    const services = await openServices(
      {
        databaseUrl: env["DATABASE_URL"]!,
        directUrl: env["DATABASE_URL"]!,
        storageDirectory: env["STORAGE_DIR"]!,
      },
      pino({ level: "silent" }),
    );
    atEnd(services.close);
    const own = { secret: "s".repeat(32), frontendUrl: "https://farm.test", keep: false };
    const [old, young] = [await createAccount(services, own), await createAccount(services, own)];
    const age = { createdAt: sql`now() - interval '2 hours'` };
    await db.update(organizations).set(age).where(eq(organizations.id, old.orgId));
    const report = await visitWith(settings());
    expect(report).toContain("✓ sign-in: works; 1 killed runs had left something, which is gone");
    const there = await db.select({ id: organizations.id }).from(organizations);
    expect(there.map(({ id }) => id)).toContain(young.orgId);
    expect(there.map(({ id }) => id)).not.toContain(old.orgId);
    await db.delete(organizations).where(eq(organizations.id, young.orgId));
    await db.delete(users).where(eq(users.email, young.email));
  });

  test("is cleaned up by a run that is told to end in the middle", { timeout: 60_000 }, async () => {
    const { child, end } = await run(installation.env);
    await vi.waitUntil(async () => (await left(installation)).sessions === 1, {
      timeout: 30_000,
      interval: 100,
    });
    await sleep(200);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await end();
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toMatch(/^✗ session: it was told to end/m);
    expect(await left(installation)).toEqual(nothing);
  });

  test.each([
    [["--url", "ftp://shop.test"], /--url is "ftp:\/\/shop\.test"; it must be an http or https address/],
    [["--fast"], /Unknown option '--fast'/],
  ])(
    "refuses the arguments %j with exit code 2, and does nothing",
    { timeout: 60_000 },
    async (args, message) => {
      const { code, stdout, stderr } = await (await run(installation.env, ...args)).end();
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(message);
    },
  );
});
