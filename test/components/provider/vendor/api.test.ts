import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { freePort } from "../../../../app/embedded/port.ts";
import { openApi, VendorError } from "../../../../components/provider/vendor/api.ts";
import { get, type Request, vendor } from "../../../../components/provider/vendor/kind.ts";
import { atEnd } from "../../../support/at-end.ts";

const token = "canary-token-4711";
const warehouse = vendor({
  title: "Warehouse",
  origin: "http://127.0.0.1:9",
  credentials: z.object({ token: z.string() }),
  headers: (credentials) => ({ authorization: `Bearer ${credentials.token}` }),
  messageIn: (body) => (body as { message?: string } | undefined)?.message,
  refusalIn(body) {
    const { errors, status = 404 } = (body ?? {}) as { errors?: string; status?: number };
    return errors === undefined ? undefined : { status, message: errors };
  },
  advice: ({ status }) => (status === 401 ? "Make a token at https://warehouse.test/tokens" : undefined),
  kinds: {},
});

type Answer = {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
};
let answers: Answer[] = [];
let received: { request: IncomingMessage; body: string }[] = [];
let url = "";
const never = new AbortController().signal;
const send = (request: Request, signal = never) =>
  openApi(warehouse, { credentials: { token }, endpoint: url, interval: 1 }).send(request, signal);
const failure = (request: Request, signal?: AbortSignal) =>
  send(request, signal).then(
    () => Promise.reject(new Error("It did not fail.")),
    (error: VendorError) => error,
  );
const post: Request = { method: "POST", path: "/boxes", body: { name: "a" } };

beforeAll(async () => {
  const server = createServer(async (request, response) => {
    received.push({ request, body: await text(request) });
    const { status = 200, headers = {}, body } = answers.shift() ?? {};
    response.writeHead(status, headers).end(body === undefined ? undefined : JSON.stringify(body));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  atEnd(() => server.close());
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  [answers, received] = [[], []];
});

test("a request has the account's credentials and its own query, headers and body", async () => {
  answers = [{ body: { id: 1 } }];
  const request = { ...post, query: { shelf: "a b" }, headers: { "x-lease": "7" } };
  expect(await send(request)).toEqual({ id: 1 });
  const [{ request: sent, body } = {} as never] = received;
  expect([sent.method, sent.url, body]).toEqual(["POST", "/boxes?shelf=a+b", '{"name":"a"}']);
  expect(sent.headers).toMatchObject({
    authorization: `Bearer ${token}`,
    "x-lease": "7",
    "content-type": "application/json",
  });
});

test.each([
  ["PUT", 503, 3],
  ["GET", 429, 3],
  ["DELETE", 500, 3],
  ["POST", 429, 3],
  ["POST", 503, 1],
  ["PUT", 409, 1],
] as const)("%s that is answered with %i twice is sent %i times", async (method, status, times) => {
  answers = [{ status }, { status, headers: { "retry-after": "0" } }, { body: "done" }];
  const [outcome] = await Promise.allSettled([send({ method, path: "/boxes/1" })]);
  expect(outcome?.status).toBe(times === 1 ? "rejected" : "fulfilled");
  expect(received).toHaveLength(times);
});

test("a POST that says the same each time is sent again like any other", async () => {
  answers = [{ status: 502 }, { body: "done" }];
  expect(await send({ ...post, isRepeatable: true })).toBe("done");
});

test("after five answers without success it is told what the last one was", async () => {
  answers = Array.from({ length: 9 }, () => ({ status: 500, body: { message: "on fire." } }));
  expect((await failure(get("/boxes"))).message).toBe("Warehouse answered GET /boxes with 500: on fire");
  expect(received).toHaveLength(5);
});

test("a refusal says what to do, and shows no credential whatever the vendor says", async () => {
  answers = [{ status: 401, body: { message: `unknown token ${token}` } }];
  const error = await failure(get("/boxes"));
  expect([error.status, error.message, error.cause]).toEqual([
    401,
    "Warehouse answered GET /boxes with 401: unknown token [secret]. Make a token at https://warehouse.test/tokens",
    undefined,
  ]);
});

test("an error in an answer that is fine by its status is one, by the name of its request", async () => {
  answers = [{ body: { errors: "gone", message: "no such box" } }];
  const error = await failure({ ...post, name: "query box" });
  expect([error.status, error.message]).toEqual([404, "Warehouse answered query box with 404: no such box"]);
});

test.each([
  ["GET", 429, 3],
  ["GET", 500, 3],
  ["POST", 429, 3],
  ["POST", 500, 1],
  ["GET", 403, 1],
] as const)("%s whose answer tells %i by an error alone is sent %i times", async (method, status, times) => {
  const error = { body: { errors: "not now", status } };
  answers = [error, { ...error, headers: { "retry-after": "0" } }, { body: "done" }];
  const [outcome] = await Promise.allSettled([send({ method, path: "/boxes/1" })]);
  expect(outcome?.status).toBe(times === 1 ? "rejected" : "fulfilled");
  expect(received).toHaveLength(times);
});

test("an error in an answer that is fine by its status may say when to come back", async () => {
  answers = [{ headers: { "retry-after": "0" }, body: { errors: "not now", status: 429 } }, { body: "done" }];
  // Its own pause would be a minute.
  const api = openApi(warehouse, { credentials: { token }, endpoint: url, interval: 60_000 });
  expect(await api.send(get("/boxes"), never)).toBe("done");
});

test("a redirect is not followed: it would take the credentials along", async () => {
  answers = [{ status: 302, headers: { location: `${url}/elsewhere` } }];
  expect((await failure(post)).status).toBe(0);
  expect(received).toHaveLength(1);
});

test("a vendor that is not there is told as such", async () => {
  const api = openApi(warehouse, {
    credentials: { token },
    endpoint: `http://127.0.0.1:${await freePort()}`,
    interval: 1,
  });
  const error = (await api.send(post, never).catch((reason: unknown) => reason)) as VendorError;
  expect([error.status, error.message]).toEqual([
    0,
    expect.stringMatching(/^Warehouse did not answer POST \/boxes: .*ECONNREFUSED/),
  ]);
});

test("who cancels hears the own reason", async () => {
  await expect(send(get("/boxes"), AbortSignal.abort(new Error("cancelled")))).rejects.toThrow("cancelled");
});
