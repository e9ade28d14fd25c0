import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { startBrowserServer } from "../../../app/browser/server.ts";
import { atEnd } from "../../support/at-end.ts";
import { fakeBrowser } from "./fake-browser.ts";

const token = "token-of-the-role-4711";

async function start(options: Partial<Parameters<typeof startBrowserServer>[0]> = {}) {
  const launched: ReturnType<typeof fakeBrowser>[] = [];
  const server = await startBrowserServer({
    hostname: "127.0.0.1",
    port: 0,
    token,
    maxRunning: 2,
    maxQueued: 4,
    patience: 10_000,
    shortage: () => undefined,
    log: pino({ level: "silent" }),
    launch: async () => {
      await sleep(2);
      const browser = fakeBrowser();
      launched.push(browser);
      return browser;
    },
    ...options,
  });
  let closed: Promise<void> | undefined;
  const close = (patience = 0) => (closed ??= server.close(patience));
  atEnd(() => close());
  const url = `http://127.0.0.1:${server.port}`;
  const call = async (method: string, path: string, body?: unknown, key = token, more = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { "x-bb-api-key": key, "content-type": "application/json", ...more },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // oxlint-disable-next-line typescript/no-explicit-any -- whatever it answers; the tests compare it
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  };
  return {
    url,
    call,
    launched,
    close,
    create: (headers = {}) => call("POST", "/v1/sessions", {}, token, headers),
  };
}

const noChromium = () => Promise.reject(new Error("There is no Chromium on this machine."));

const open = async (url: string) => {
  const socket = new WebSocket(url);
  await once(socket, "open");
  return socket;
};

const refusalOf = async (url: string) => {
  const [, response] = (await once(
    new WebSocket(url).on("error", () => undefined),
    "unexpected-response",
  )) as [unknown, { statusCode: number }];
  return response.statusCode;
};

describe("a session", () => {
  test("is created, told of, connected to, and released, in the shape of Browserbase's API", async () => {
    const { call, launched, create } = await start();
    const created = await create();
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      status: "RUNNING",
      keepAlive: false,
      connectUrl: expect.stringMatching(/^ws:/),
    });
    const { id, connectUrl } = created.body as { id: string; connectUrl: string };
    const told = await call("GET", `/v1/sessions/${id}`);
    expect(told.body).toMatchObject({ id, status: "RUNNING" });
    expect(JSON.stringify(told.body)).not.toContain(connectUrl.split("/").at(-1));
    expect(connectUrl).not.toContain(token);

    const socket = await open(connectUrl);
    socket.send('{"id":1,"method":"Browser.getVersion"}');
    expect(String((await once(socket, "message"))[0])).toBe('{"id":1,"method":"Browser.getVersion"}');
    const disconnected = once(socket, "close");
    const released = await call("POST", `/v1/sessions/${id}`, { status: "REQUEST_RELEASE" });
    expect(released.body).toMatchObject({ id, status: "COMPLETED", endedAt: expect.any(String) });
    expect(launched[0]!.close).toHaveBeenCalledTimes(1);
    launched[0]!.pipe.onClose?.();
    await disconnected;
    expect((await call("POST", `/v1/sessions/${id}`, { status: "REQUEST_RELEASE" })).body.status).toBe(
      "COMPLETED",
    );
  });

  test("is nobody's without the token, and no client's without the secret", async () => {
    const { call, create } = await start();
    for (const key of ["", "token-of-the-role-4712", `${token}x`])
      expect((await call("POST", "/v1/sessions", {}, key)).status).toBe(401);
    const { id, connectUrl } = (await create()).body as { id: string; connectUrl: string };
    expect((await call("GET", `/v1/sessions/${id}`, undefined, "")).status).toBe(401);
    expect(await refusalOf(connectUrl.slice(0, -1))).toBe(404);
    expect(await refusalOf(connectUrl.replace(id, "another"))).toBe(404);
    expect(await refusalOf(connectUrl.replace(/connect.*/, "connect/undefined"))).toBe(404);
  });

  test("has one client", async () => {
    const { create } = await start();
    const { connectUrl } = (await create()).body as { connectUrl: string };
    await open(connectUrl);
    expect(await refusalOf(connectUrl)).toBe(409);
  });

  test("ends with its client's connection, after a moment", async () => {
    const { call, create, launched } = await start({ limits: { grace: 20 } });
    const { id, connectUrl } = (await create()).body as { id: string; connectUrl: string };
    (await open(connectUrl)).terminate();
    await vi.waitFor(async () =>
      expect((await call("GET", `/v1/sessions/${id}`)).body.status).toBe("COMPLETED"),
    );
    expect(launched[0]!.close).toHaveBeenCalledTimes(1);
  });

  test.each([
    ["that nobody connects to", { connect: 30 }, false],
    ["whose client says nothing", { idle: 30 }, true],
    ["at the end of its life", { life: 100 }, true],
  ])("%s ends by itself", async (_, limits, connects) => {
    const { call, create } = await start({ limits });
    const { id, connectUrl } = (await create()).body as { id: string; connectUrl: string };
    if (connects) await open(connectUrl);
    await vi.waitFor(async () =>
      expect((await call("GET", `/v1/sessions/${id}`)).body.status).toBe("TIMED_OUT"),
    );
    await vi.waitFor(async () => expect((await call("GET", "/pressure")).body.running).toBe(0));
  });

  test("whose browser dies is told of as an error, and its place is free", async () => {
    const { call, create, launched } = await start();
    const { id } = (await create()).body as { id: string };
    launched[0]!.dies();
    await vi.waitFor(async () => expect((await call("GET", `/v1/sessions/${id}`)).body.status).toBe("ERROR"));
    await vi.waitFor(async () => expect((await call("GET", "/pressure")).body.running).toBe(0));
  });

  test.each([
    [{ keepAlive: true }, /keepAlive: is not offered/],
    [{ timeout: 5 }, /timeout: /],
    [{ proxies: true }, /Unrecognized key/],
    ["text", /The body: /],
  ])("asked for with %j is refused with the reason", async (body, reason) => {
    const { call } = await start();
    const { status, body: answer } = await call("POST", "/v1/sessions", body);
    expect(status).toBe(400);
    expect(answer.message).toMatch(reason);
  });

  test("that cannot be launched says why, and leaves its place free", async () => {
    const { call, create } = await start({ launch: noChromium });
    expect(await create()).toMatchObject({
      status: 500,
      body: { message: "There is no Chromium on this machine." },
    });
    expect((await call("GET", "/pressure")).body.running).toBe(0);
  });

  test("whose client has gone before it began is ended", async () => {
    const launched: ReturnType<typeof fakeBrowser>[] = [];
    const client = new AbortController();
    const launch = async () => {
      client.abort(new Error("The client has gone."));
      await sleep(100);
      launched.push(fakeBrowser());
      return launched[0]!;
    };
    const { url, call } = await start({ launch });
    const headers = { "x-bb-api-key": token, "content-type": "application/json" };
    const asking = fetch(`${url}/v1/sessions`, {
      method: "POST",
      headers,
      body: "{}",
      signal: client.signal,
    });
    await expect(asking).rejects.toThrow("The client has gone.");
    await vi.waitFor(() => expect(launched[0]?.close).toHaveBeenCalled());
    await vi.waitFor(async () => expect((await call("GET", "/pressure")).body.running).toBe(0));
  });
});

describe("a full role", () => {
  test("with 200 requests at once never runs more than its 5, and answers every one", async () => {
    let [running, most] = [0, 0];
    const launch = async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(Math.random() * 5);
      return { ...fakeBrowser(), close: () => sleep(Math.random() * 5).then(() => void (running -= 1)) };
    };
    const { call, create } = await start({ launch, maxRunning: 5, maxQueued: 10, patience: 50 });
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const { status, headers, body } = await create();
        expect(Number(headers.get("retry-after")) > 0).toBe(status === 429);
        await sleep(Math.random() * 20);
        if (status === 201) await call("POST", `/v1/sessions/${body.id}`, { status: "REQUEST_RELEASE" });
        return status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([201, 429]));
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(5);
    expect(most).toBe(5);
    expect(running).toBe(0);
    const { body } = await call("GET", "/pressure");
    expect(body).toMatchObject({ running: 0, queued: 0, maxRunning: 5, isAvailable: true, reason: null });
    expect(body.recentlyRejected).toBe(statuses.filter((status) => status === 429).length);
  });
});

describe("a client that does not want to wait", () => {
  test.each([
    ["wait=0", 0],
    ["respond-async, wait=1", 1_000],
  ])("and says %j is refused in time", async (Prefer, longest) => {
    const { create } = await start({ maxRunning: 1 });
    expect((await create({ Prefer })).status).toBe(201);
    const asked = performance.now();
    const { status, headers } = await create({ Prefer });
    expect(status).toBe(429);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(performance.now() - asked).toBeGreaterThanOrEqual(longest * 0.9);
    expect(performance.now() - asked).toBeLessThan(longest + 1_000);
  });

  test("is not kept for longer than any other", async () => {
    const { create } = await start({ maxRunning: 1, patience: 50 });
    await create();
    expect((await create({ Prefer: "wait=60" })).status).toBe(429);
  });
});

describe("a role that ends", () => {
  test("tells whoever asks that a session's end has come nearer, and answers whoever releases it", async () => {
    const { call, create, close, launched } = await start();
    const { id, expiresAt } = (await create()).body as { id: string; expiresAt: string };
    expect((await call("GET", `/v1/sessions/${id}`)).body).toMatchObject({ status: "RUNNING", expiresAt });
    const patience = 20_000;
    const told = Date.now();
    const closed = close(patience);
    const { body } = await call("GET", `/v1/sessions/${id}`);
    expect(body.status).toBe("RUNNING");
    expect(Date.parse(body.expiresAt) - told).toBeGreaterThanOrEqual(patience);
    expect(Date.parse(body.expiresAt) - told).toBeLessThan(patience + 1_000);
    launched[0]!.close.mockImplementation(() => sleep(300));
    const released = call("POST", `/v1/sessions/${id}`, { status: "REQUEST_RELEASE" });
    expect((await released).body.status).toBe("COMPLETED");
    await closed;
    expect(Date.now() - told).toBeLessThan(3_000);
  });

  test("does not give a session longer than it had", async () => {
    const { call, create, close } = await start({ limits: { life: 1_000 } });
    const { id, expiresAt } = (await create()).body as { id: string; expiresAt: string };
    const closed = close(20_000);
    expect((await call("GET", `/v1/sessions/${id}`)).body.expiresAt).toBe(expiresAt);
    await closed;
    expect(Date.now()).toBeLessThan(Date.parse(expiresAt) + 2_000);
  });

  test("is not ready, takes no session, lets the running one end, and then ends the others", async () => {
    const { call, create, close, launched } = await start();
    const { id } = (await create()).body as { id: string };
    await create();
    const waiting = create();
    await vi.waitFor(async () => expect((await call("GET", "/pressure")).body.queued).toBe(1));
    expect((await call("GET", "/readyz")).status).toBe(200);
    const closed = close(1_000);
    expect((await waiting).status).toBe(503);
    expect((await call("GET", "/readyz")).status).toBe(503);
    expect((await call("GET", "/healthz")).status).toBe(200);
    expect((await call("GET", "/pressure")).body.isAvailable).toBe(false);
    expect((await create()).status).toBe(503);
    await call("POST", `/v1/sessions/${id}`, { status: "REQUEST_RELEASE" });
    expect(launched[1]!.close).not.toHaveBeenCalled();
    await closed;
    expect(launched.map((browser) => browser.close.mock.calls.length)).toEqual([1, 1]);
  });
});
