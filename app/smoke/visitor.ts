import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReadableStream } from "node:stream/web";
import type { ApiError, SessionEvent } from "../contract.ts";

/** Who uses the API over HTTP, as a browser does. */
export interface Visitor {
  /** @returns the answer. @throws when its status is another one than expected, with what the API says. */
  ask(method: string, path: string, expected: number, body?: unknown): Promise<Response>;
  /** A session's events as they come, until it has ended. */
  events(sessionId: string, signal: AbortSignal): AsyncIterable<SessionEvent>;
}

/**
 * @param url where the API listens.
 * @param frontendUrl where people open the page: the only origin that may change anything.
 */
export function openVisitor(url: string, frontendUrl: string, signal: AbortSignal): Visitor {
  const { origin } = new URL(frontendUrl);
  const cookies = new Map<string, string>();
  const send = async (method: string, path: string, ended: AbortSignal, body?: unknown) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        origin,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: ended,
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    return response;
  };
  const ask: Visitor["ask"] = async (method, path, expected, body) => {
    let response = await send(method, path, signal, body);
    // Others sign in too, or an earlier run did: the API says how long there are too many.
    const wait = Number(response.headers.get("retry-after"));
    if (response.status === 429 && wait > 0) {
      await sleep(wait * 1_000, undefined, { signal });
      response = await send(method, path, signal, body);
    }
    if (response.status === expected) return response;
    throw new Error(
      `${method} ${path} is answered with ${response.status}, not ${expected}${await saidIn(response)}`,
    );
  };
  return {
    ask,
    async *events(sessionId, ended) {
      const response = await send("GET", `/api/sessions/${sessionId}/events`, ended);
      if (response.body === null) return;
      const lines = createInterface(Readable.fromWeb(response.body as ReadableStream));
      for await (const line of lines) {
        if (line.startsWith("data: ")) yield JSON.parse(line.slice("data: ".length)) as SessionEvent;
      }
    },
  };
}

async function saidIn(response: Response): Promise<string> {
  const body = (await response.json().catch(() => ({}))) as Partial<ApiError>;
  return body.error === undefined ? "" : `: ${body.error.message}`;
}
