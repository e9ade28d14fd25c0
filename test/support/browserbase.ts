import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import type Browserbase from "@browserbasehq/sdk";
import { Hono } from "hono";
import { z } from "zod";
import { findChromium } from "../../app/browser/executable.ts";
import { switches } from "../../app/browser/switches.ts";

type Created = Browserbase.SessionCreateResponse;
/** The SDK sends its parameter `api_timeout` as `timeout`. */
type CreateBody = Omit<Browserbase.SessionCreateParams, "api_timeout"> & { timeout?: number | undefined };

const text = z.string().optional();
const proxy = z.union([
  z.strictObject({
    type: z.literal("browserbase"),
    domainPattern: text,
    geolocation: z.unknown().optional(),
  }),
  z.strictObject({
    type: z.literal("external"),
    server: z.string(),
    domainPattern: text,
    username: text,
    password: text,
  }),
  z.strictObject({ type: z.literal("none"), domainPattern: text }),
]);

/** `POST /v1/sessions` as the SDK's types publish it; every field of theirs is here, and no other is taken. */
const createBody = z.strictObject({
  browserSettings: z
    .strictObject({
      advancedStealth: z.boolean().optional(),
      allowedDomains: z.array(z.string()).optional(),
      blockAds: z.boolean().optional(),
      captchaImageSelector: text,
      captchaInputSelector: text,
      context: z.strictObject({ id: z.string(), persist: z.boolean().optional() }).optional(),
      extensionId: text,
      ignoreCertificateErrors: z.boolean().optional(),
      logSession: z.boolean().optional(),
      os: z.enum(["windows", "mac", "linux", "mobile", "tablet"]).optional(),
      recordSession: z.boolean().optional(),
      solveCaptchas: z.boolean().optional(),
      verified: z.boolean().optional(),
      viewport: z.strictObject({ width: z.number().optional(), height: z.number().optional() }).optional(),
    })
    .optional(),
  extensionId: text,
  keepAlive: z.boolean().optional(),
  projectId: text,
  proxies: z.union([z.boolean(), z.array(proxy)]).optional(),
  proxySettings: z.strictObject({ caCertificates: z.array(z.string()).optional() }).optional(),
  region: z.enum(["us-west-2", "us-east-1", "eu-central-1", "ap-southeast-1"]).optional(),
  timeout: z.number().int().min(60).max(21_600).optional(),
  userMetadata: z.record(z.string(), z.unknown()).optional(),
});
const updateBody = z.strictObject({ status: z.literal("REQUEST_RELEASE"), projectId: text });

/** Does not compile when the SDK's types have a field that the schemas lack, or the other way round. */
type SameKeys<A, B> = [keyof A] extends [keyof B] ? ([keyof B] extends [keyof A] ? true : never) : never;
true satisfies SameKeys<z.output<typeof createBody>, CreateBody>;
true satisfies SameKeys<
  NonNullable<z.output<typeof createBody>["browserSettings"]>,
  NonNullable<CreateBody["browserSettings"]>
>;
true satisfies SameKeys<z.output<typeof updateBody>, Browserbase.SessionUpdateParams>;

/**
 * Browserbase's session API on a local port: the vendor's checks and answers, and real Chromiums with a DevTools address
 * of their own. Unlike the role `browser` it does not end a session with its connection, only when it is released.
 *
 * @param flags more of Chromium's. Default: none.
 */
export async function startBrowserbase(key: string, projectId: string, flags: readonly string[] = []) {
  const sessions = new Map<string, { session: Created; end: () => Promise<void> }>();
  const created: CreateBody[] = [];
  const refused: unknown[] = [];
  let busy = 0;
  const api = new Hono();

  api.use("*", async (context, next) => {
    if (context.req.header("x-bb-api-key") === key) return next();
    return context.json(
      { statusCode: 401, error: "Unauthorized", message: "Unauthorized: invalid API key" },
      401,
    );
  });

  api.post("/v1/sessions", async (context) => {
    const { data, error } = createBody.safeParse(await context.req.json());
    if (error || data.projectId !== projectId) {
      refused.push(error?.issues ?? data?.projectId);
      return context.json(
        { statusCode: 400, error: "Bad Request", message: error?.message ?? "no such project" },
        400,
      );
    }
    if (busy > 0) {
      busy -= 1;
      const message = "You've exceeded your max concurrent sessions limit.";
      return context.json({ statusCode: 429, error: "Too Many Requests", message }, 429, {
        "retry-after": "1",
      });
    }
    created.push(data as CreateBody);
    const { connectUrl, end } = await launch(flags);
    const now = new Date().toISOString();
    const session: Created = {
      id: randomUUID(),
      createdAt: now,
      updatedAt: now,
      startedAt: now,
      expiresAt: new Date(Date.now() + (data.timeout ?? 300) * 1_000).toISOString(),
      keepAlive: data.keepAlive ?? false,
      projectId,
      proxyBytes: 0,
      region: data.region ?? "us-west-2",
      status: "RUNNING",
      connectUrl,
      seleniumRemoteUrl: "http://connect.browserbase.com/webdriver",
      signingKey: "signing-key",
    };
    sessions.set(session.id, { session, end });
    return context.json(session, 201);
  });

  api.post("/v1/sessions/:id", async (context) => {
    const found = sessions.get(context.req.param("id"));
    if (!found)
      return context.json({ statusCode: 404, error: "Not Found", message: "Session not found" }, 404);
    const { error } = updateBody.safeParse(await context.req.json());
    if (error) {
      refused.push(error.issues);
      return context.json({ statusCode: 400, error: "Bad Request", message: error.message }, 400);
    }
    await found.end();
    found.session.status = "COMPLETED";
    return context.json(found.session);
  });

  const server = createAdaptorServer({ fetch: api.fetch });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Bodies of the sessions that were created. */
    created,
    /** What the vendor would not have taken. */
    refused,
    statuses: () => [...sessions.values()].map(({ session }) => session.status),
    /** Answers the next requests for a session with 429. */
    refuseNext: (count: number) => void (busy = count),
    async close() {
      await Promise.all([...sessions.values()].map(({ end }) => end()));
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

async function launch(own: readonly string[]): Promise<{ connectUrl: string; end: () => Promise<void> }> {
  const { path, env } = await findChromium(process.env["PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH"] || undefined);
  const directory = mkdtempSync(join(tmpdir(), "testfarm-browser-"));
  const flags = [
    ...switches.filter((each) => each !== "--remote-debugging-pipe"),
    "--remote-debugging-port=0",
    "--no-sandbox",
    `--user-data-dir=${directory}`,
    ...own,
  ];
  const child = spawn(path, flags, {
    detached: true,
    env: { ...env, HOME: directory, TMPDIR: directory },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(child, "close");
  let output = "";
  for await (const chunk of child.stderr) {
    output += String(chunk);
    if (/DevTools listening on ws:\/\/\S+\n/.test(output)) break;
  }
  const [, connectUrl = ""] = /DevTools listening on (ws:\/\/\S+)/.exec(output) ?? [];
  const end = async () => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await exited;
    rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  return { connectUrl, end };
}
