import { afterEach, expect, test, vi } from "vitest";
import { ApiFailure, request } from "../../../app/web/api/client.ts";

const answer = (response: Response | Error) => {
  const fetch = vi.fn<typeof globalThis.fetch>(() =>
    response instanceof Error ? Promise.reject(response) : Promise.resolve(response),
  );
  vi.stubGlobal("fetch", fetch);
  return fetch;
};

const failureOf = async (asked: Promise<unknown>): Promise<ApiFailure> => {
  const outcome = await asked.catch((error: unknown) => error);
  if (!(outcome instanceof ApiFailure)) throw new Error(`expected an ApiFailure, got ${String(outcome)}`);
  return outcome;
};

afterEach(() => vi.unstubAllGlobals());

test("input travels as JSON to this origin's API", async () => {
  const fetch = answer(Response.json({ id: "s1" }, { status: 201 }));
  expect(await request("POST", "/sessions", { url: "http://shop.test/" })).toEqual({ id: "s1" });
  const [address, init] = fetch.mock.calls[0] ?? [];
  expect(address).toBe("/api/sessions");
  expect(init).toMatchObject({
    method: "POST",
    body: '{"url":"http://shop.test/"}',
    headers: { "content-type": "application/json" },
  });
});

test("an answer without content is no error", async () => {
  answer(new Response(null, { status: 204 }));
  expect(await request("DELETE", "/sessions/s1")).toBeUndefined();
});

test("a refusal carries its status, message and issues", async () => {
  const issues = [{ path: "url", message: "must be an http or https address" }];
  answer(Response.json({ error: { code: "invalid_input", message: "No.", issues } }, { status: 400 }));
  expect(await failureOf(request("POST", "/sessions", {}))).toMatchObject({
    status: 400,
    message: "No.",
    issues,
  });
});

test("an answer that is not the API's, such as a proxy's error page, still names its status", async () => {
  answer(new Response("<h1>Bad gateway</h1>", { status: 502 }));
  const failure = await failureOf(request("GET", "/me"));
  expect(failure).toMatchObject({ status: 502, message: "TestFarm answered with status 502." });
  expect(failure.cause).toBeInstanceOf(SyntaxError);
});

test("no answer at all has the status 0 and keeps its cause", async () => {
  const cause = new TypeError("fetch failed");
  answer(cause);
  expect(await failureOf(request("GET", "/me"))).toMatchObject({ status: 0, cause });
});

test("what is refused because TestFarm is being moved says when to ask again; other troubles do not", async () => {
  const error = { code: "moving", message: "TestFarm is being moved." };
  answer(Response.json({ error }, { status: 503, headers: { "retry-after": "7" } }));
  expect(await failureOf(request("POST", "/sessions", {}))).toMatchObject({ status: 503, movingFor: 7 });
  answer(Response.json({ error: { ...error, code: "internal" } }, { status: 503 }));
  expect((await failureOf(request("POST", "/sessions", {}))).movingFor).toBeUndefined();
});

test("a change waits for longer than TestFarm holds it, a look does not", async () => {
  const patience = vi.spyOn(AbortSignal, "timeout");
  answer(new Response(null, { status: 204 }));
  await request("DELETE", "/sessions/s1");
  answer(Response.json([]));
  await request("GET", "/sessions");
  expect(patience.mock.calls).toEqual([[45_000], [15_000]]);
  patience.mockRestore();
});
