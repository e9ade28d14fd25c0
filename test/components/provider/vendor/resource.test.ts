import { expect, test } from "vitest";
import { z } from "zod";
import type { Call, Properties } from "../../../../components/provider/contract.ts";
import { type Api, VendorError } from "../../../../components/provider/vendor/api.ts";
import {
  fixed,
  get,
  kind,
  type Progress,
  type Request,
  search,
  wait,
} from "../../../../components/provider/vendor/kind.ts";
import { resourceOf, type VendorSession } from "../../../../components/provider/vendor/resource.ts";

interface Box {
  readonly id: string;
  name: string;
  shelf: string;
  colour: string;
  progress: Progress;
}

const post = (path: string, body: unknown): Request<Box> => ({ method: "POST", path, body });

const box = kind({
  description: "A box on a shelf.",
  patience: 0.1,
  isCreatedBare: true,
  inputs: z.strictObject({
    name: fixed(z.string()),
    shelf: fixed(z.string()),
    colour: z.string().default("white"),
  }),
  outputs: z.object({ label: z.string(), key: z.string() }),
  find: ({ name }) =>
    search(
      get<{ readonly boxes: readonly Box[]; readonly next?: string }>("/boxes"),
      ({ boxes }) => boxes.find((each) => each.name === name)?.id,
      ({ next }) => (next === undefined ? undefined : get(next)),
    ),
  create: ({ name, shelf }) => post("/boxes", { name, shelf }),
  created: ({ id }) => ({ id, told: { key: `key of ${id}` } }),
  apply: (id, { colour }, old) =>
    colour === old.colour
      ? []
      : [
          post(`/boxes/${id}/brush`, {}),
          ({ brush }: { readonly brush: string }) => [post(`/boxes/${id}/paint`, { brush, colour })],
        ],
  read: (id) => ({ box: get<Box>(`/boxes/${id}`) }),
  progress: ({ box: { progress } }) => progress,
  tell: ({ box: { name, shelf, colour } }) => ({
    inputs: { name, shelf, colour },
    outputs: { label: `${name} on ${shelf}` },
  }),
  remove: (id) => [{ method: "DELETE", path: `/boxes/${id}` }],
});

/** A vendor in this process, whose boxes are spread over pages of one. */
function warehouse(boxes: Box[] = [], made = box) {
  const calls: string[] = [];
  const troubles: (Error | undefined)[] = [];
  const find = (id: string): Box => {
    const found = boxes.find((each) => each.id === id);
    if (found) return found;
    throw new VendorError("no such box", 404);
  };
  function answer({ method, path, body }: Request): unknown {
    const [, , id = "", what] = path.split("/");
    if (path.startsWith("/boxes?page=") || (method === "GET" && path === "/boxes")) {
      const page = Number(new URL(path, "http://local").searchParams.get("page") ?? 0);
      return {
        boxes: boxes.slice(page, page + 1),
        ...(page + 1 < boxes.length && { next: `/boxes?page=${page + 1}` }),
      };
    }
    if (method === "POST" && path === "/boxes") {
      const stacked = {
        ...(body as { name: string; shelf: string }),
        id: `b${boxes.length + 1}`,
        colour: "bare",
        progress: "ready",
      } as Box;
      boxes.push(stacked);
      return stacked;
    }
    if (what === "brush") return { brush: "thick" };
    if (what === "paint") return Object.assign(find(id), { colour: (body as { colour: string }).colour });
    if (method === "DELETE") return boxes.splice(boxes.indexOf(find(id)), 1);
    return find(id);
  }
  const api: Api = {
    vendor: undefined as never,
    interval: 1,
    async send<Answer>(request: Request<Answer>): Promise<Answer> {
      calls.push(
        `${request.method} ${request.path}${request.body === undefined ? "" : ` ${JSON.stringify(request.body)}`}`,
      );
      const trouble = request.method === "POST" ? troubles.shift() : undefined;
      if (trouble !== undefined) throw trouble;
      return answer(request) as Answer;
    },
  };
  const stop = new AbortController();
  const call: Call<VendorSession> = {
    session: { api: () => api },
    urn: "",
    name: "main",
    signal: stop.signal,
  };
  const resource = resourceOf("warehouse", "Box", made);
  return {
    boxes,
    calls,
    troubles,
    stop,
    create: (inputs: Properties) => resource.create(inputs, call),
    resource,
    call,
  };
}

const stored = (values: Partial<Box> = {}): Box => ({
  id: "b0",
  name: "books",
  shelf: "low",
  colour: "bare",
  progress: "ready",
  ...values,
});
const inputs = { name: "books", shelf: "low", colour: "red" };

test("what is to be said after the creation is said, each step with the answer to the one before", async () => {
  const { create, calls } = warehouse();
  const { id, outputs } = await create(inputs);
  expect([id, outputs]).toEqual(["b1", { label: "books on low", key: "key of b1" }]);
  expect(calls).toEqual([
    "GET /boxes",
    'POST /boxes {"name":"books","shelf":"low"}',
    "POST /boxes/b1/brush {}",
    'POST /boxes/b1/paint {"brush":"thick","colour":"red"}',
    "GET /boxes/b1",
  ]);
});

test("one of the same name is looked for on every page, taken over, and told only what differs", async () => {
  const { create, calls } = warehouse([stored({ id: "a", name: "pens" }), stored({ colour: "red" })]);
  expect((await create(inputs)).id).toBe("b0");
  expect(calls).toEqual(["GET /boxes", "GET /boxes?page=1", "GET /boxes/b0", "GET /boxes/b0"]);
});

test("one of the same name that is another thing is left alone", async () => {
  const { create, boxes } = warehouse([stored({ shelf: "high" })]);
  await expect(create(inputs)).rejects.toThrow(
    'warehouse Box exists already as b0, with shelf "high" instead of "low". Delete it there, take it over by pulumi import, or choose another name.',
  );
  expect(boxes).toEqual([stored({ shelf: "high" })]);
});

test.each([
  ["a refusal is not tried again", new VendorError("no", 422), 1],
  ["a failure on the way is tried again", new VendorError("oops", 502), 2],
  ["no answer is tried again", new VendorError("nothing", 0), 2],
])("%s", async (_, trouble, times) => {
  const { create, calls, troubles } = warehouse();
  troubles.push(trouble);
  const [outcome] = await Promise.allSettled([create(inputs)]);
  expect(outcome?.status).toBe(times === 1 ? "rejected" : "fulfilled");
  expect(calls.filter((each) => each.startsWith("POST /boxes {"))).toHaveLength(times);
});

test("what fails by itself is told at once, with its id", async () => {
  const { create } = warehouse([stored({ progress: { failed: "out of wood" } })]);
  const error = (await create(inputs).catch((reason: unknown) => reason)) as Error & { id?: string };
  expect([error.message, error.id, (error.cause as Error).message]).toEqual([
    "warehouse Box b0 exists and is not as it should be",
    "b0",
    "warehouse Box b0 has failed: out of wood",
  ]);
});

test("what is not ready in time is told with what it waits for", async () => {
  const { create } = warehouse([stored({ progress: { pending: "drying" } })]);
  const { cause } = (await create(inputs).catch((reason: unknown) => reason)) as Error;
  expect((cause as Error).message).toBe(
    "warehouse Box b0 is not ready after 0.1 s: drying. The next pulumi up goes on waiting.",
  );
});

/** It waits for the glue before it paints. */
const glued = kind({
  ...box,
  apply: (id, { colour }) => [
    wait(get<Box>(`/boxes/${id}`), ({ progress }) => progress),
    post(`/boxes/${id}/paint`, { colour }),
  ],
});

test("a step waits until what it looks at is as it should be, before the next one", async () => {
  const looks: Progress[] = [{ pending: "gluing" }, { pending: "gluing" }, { pending: "gluing" }];
  const gluing = Object.defineProperty(stored(), "progress", { get: () => looks.shift() ?? "ready" });
  const { create, calls } = warehouse([gluing], glued);
  await create(inputs);
  const look = "GET /boxes/b0";
  // The first look finds it, the last one tells what it has become.
  expect(calls.slice(1)).toEqual([look, look, look, look, 'POST /boxes/b0/paint {"colour":"red"}', look]);
});

test("a step that waits for what has failed does not go on", async () => {
  const { create, boxes } = warehouse([stored({ progress: { failed: "out of glue" } })], glued);
  const { cause } = (await create(inputs).catch((reason: unknown) => reason)) as Error;
  expect((cause as Error).message).toBe("warehouse Box b0 has failed: out of glue");
  expect(boxes[0]?.colour).toBe("bare");
});

test("an update without a change says what the vendor does not have yet", async () => {
  const { resource, call, boxes } = warehouse([stored()]);
  const state = { ...inputs, label: "", key: "kept" };
  const outputs = await resource.update!("b0", inputs, state, call);
  expect(boxes[0]?.colour).toBe("red");
  expect(outputs).toEqual({ label: "books on low", key: "kept" });
});

test("an input that the program leaves out is as its default says, before and after", async () => {
  const { resource, call, calls } = warehouse([stored({ colour: "white" })]);
  const { colour: _, ...rest } = inputs;
  await resource.update!("b0", { ...rest, colour: "white" }, { ...rest, label: "", key: "" }, call);
  expect(calls).toEqual(["GET /boxes/b0"]);
});

test("a cancelled wait ends", async () => {
  const { create, stop } = warehouse([stored({ progress: { pending: "drying" } })]);
  const making = create(inputs);
  stop.abort(new Error("cancelled"));
  const { cause } = (await making.catch((reason: unknown) => reason)) as Error;
  expect(String(cause)).toMatch(/abort|cancelled/i);
});
