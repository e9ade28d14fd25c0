import type { Writable } from "node:stream";
import type { Storage, StoredObject } from "../storage/contract.ts";
import { withoutCredentials } from "../without-credentials.ts";
import { type Answer, hashOf, nothing, readFrames, type Request, writeFrame } from "./frames.ts";

/** Requests that are answered at the same time; the others wait where they come from. */
const atOnce = 32;
/** Objects in one answer of a listing. */
const page = 1_000;

type Result = Omit<Answer, "id" | "error"> & { readonly body?: Uint8Array };

/** Answers every request until they end. What goes wrong with one is its answer. */
export async function serve(
  storage: Storage,
  input: AsyncIterable<Uint8Array>,
  output: Writable,
): Promise<void> {
  const work = worker(storage);
  const running = new Set<Promise<void>>();
  let broken: unknown;
  async function answer(request: Request, content: Uint8Array): Promise<void> {
    const { id } = request;
    try {
      const { body = nothing, ...header } = await work(request, content);
      await writeFrame(output, { header: { id, ...header } satisfies Answer, body });
    } catch (error) {
      const said = withoutCredentials((error as Error).message);
      await writeFrame(output, { header: { id, error: said } satisfies Answer, body: nothing });
    }
  }
  for await (const { header, body } of readFrames<Request>(input)) {
    const task = answer(header, body)
      .catch((error: unknown) => (broken ??= error))
      .then(() => void running.delete(task));
    running.add(task);
    if (running.size >= atOnce) await Promise.race(running);
    if (broken !== undefined) break;
  }
  await Promise.all(running);
  if (broken !== undefined) throw broken;
}

function worker(storage: Storage): (request: Request, content: Uint8Array) => Promise<Result> {
  const listings = new Map<number, AsyncIterator<StoredObject>>();

  async function next(id: number): Promise<Result> {
    const listing = listings.get(id);
    if (listing === undefined) throw new Error(`There is no listing ${id}.`);
    const found: StoredObject[] = [];
    while (found.length < page) {
      const { done, value } = await listing.next();
      if (done === true) {
        listings.delete(id);
        break;
      }
      found.push(value);
    }
    return { hasMore: listings.has(id), body: Buffer.from(JSON.stringify(found)) };
  }

  return async (request, content) => {
    switch (request.op) {
      case "list":
        listings.set(request.id, storage.list(request.prefix)[Symbol.asyncIterator]());
        return next(request.id);
      case "more":
        return next(request.of);
      case "leave":
        await listings.get(request.of)?.return?.();
        listings.delete(request.of);
        return {};
      case "get": {
        const body = await storage.get(request.key);
        return { isThere: body !== undefined, ...(body && { body }) };
      }
      case "put":
        await storage.put(request.key, content);
        return {};
      case "remove":
        await storage.remove(request.key);
        return {};
      case "hash": {
        const body = await storage.get(request.key);
        return body ? { isThere: true, hash: hashOf(body) } : { isThere: false };
      }
      default:
        throw new Error(
          `${JSON.stringify((request as { op: unknown }).op)} is not known here: the other side has another version.`,
        );
    }
  };
}
