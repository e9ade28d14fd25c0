import { setTimeout as sleep } from "node:timers/promises";
import { createParser } from "eventsource-parser";
import type { SessionEvent } from "../../../app/contract.ts";

interface Received {
  readonly seq: number;
  /** When it came. Milliseconds since the epoch. */
  readonly at: number;
  /** How long after it was written. Milliseconds, by the clocks of two processes. */
  readonly lag: number;
}

export interface Reader {
  readonly sessionId: string;
  /** In the order in which they came. */
  readonly received: readonly Received[];
  /** How often it has connected. */
  readonly connections: () => number;
  /** What was neither an event nor an orderly end: `200 terminated`, `503`. */
  readonly troubles: readonly string[];
  /** What the server asked for last. Milliseconds. */
  readonly retry: () => number;
  /** Resolves when the session has ended. */
  readonly over: Promise<void>;
}

/**
 * Reads a session's events as a browser's EventSource does: when the stream breaks or ends it waits as long as `retry`
 * said and asks again, with the id of the last event that it has.
 *
 * @param addresses where it asks, beginning with the first; each time at the next one, as behind a balancer.
 */
export function follow(
  addresses: readonly string[],
  sessionId: string,
  headers: Readonly<Record<string, string>>,
): Reader {
  const received: Received[] = [];
  const troubles: string[] = [];
  let connections = 0;
  let retry = 1_000;
  let isOver = false;

  async function connect(address: string): Promise<void> {
    const last = received.at(-1)?.seq;
    const response = await fetch(`${address}/api/sessions/${sessionId}/events`, {
      headers: { ...headers, ...(last !== undefined && { "last-event-id": `${last}` }) },
    });
    isOver = response.status === 204;
    if (!response.ok) troubles.push(`${response.status}`);
    // What is not whole when a stream breaks is no event.
    const parser = createParser({
      onEvent({ id, data }) {
        const event = JSON.parse(data) as SessionEvent;
        received.push({ seq: Number(id), at: Date.now(), lag: Date.now() - Date.parse(event.at) });
        isOver ||= event.type === "ended";
      },
      onRetry: (milliseconds) => (retry = milliseconds),
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  }

  async function read(): Promise<void> {
    for (; !isOver; connections++) {
      if (connections > 0) await sleep(retry);
      await connect(addresses[connections % addresses.length]!).catch((error: Error) =>
        troubles.push(`${error.message} ${String(error.cause ?? "")}`),
      );
    }
  }

  return {
    sessionId,
    received,
    connections: () => connections,
    troubles,
    retry: () => retry,
    over: read(),
  };
}
