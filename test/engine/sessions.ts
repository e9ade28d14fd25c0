import { follow, type Reader } from "../app/fleet/reader.ts";
import type { Farm } from "../support/farm.ts";

interface Told {
  readonly sessions: number;
  /** How many of them a worker has handed over to another one. */
  readonly handedOver: number;
  /** Events that readers have got, all together. */
  readonly events: number;
  /** The longest that one took from its writing to a reader. Milliseconds. */
  readonly longestLag: number;
  /** What was not as it should be, a line each. */
  readonly problems: readonly string[];
}

/**
 * Keeps some sessions running, each with some readers of its stream, until it is stopped; those that run then go on to
 * their end.
 */
export function keepSessionsRunning(
  farm: Farm,
  url: string,
  task: { readonly url: string; readonly objective: string },
  { atOnce, readersEach }: { readonly atOnce: number; readonly readersEach: number },
): { stop(): Promise<Told> } {
  const stopping = new AbortController();
  let handedOver = 0;
  const problems: string[] = [];
  const readers: Reader[] = [];
  const ids: string[] = [];

  async function oneAfterTheOther(): Promise<void> {
    while (!stopping.signal.aborted) {
      const { id } = await farm.startSession(task);
      ids.push(id);
      const own = Array.from({ length: readersEach }, () => follow([url], id, farm.headers));
      readers.push(...own);
      const { status, attempt, reason } = await farm.endOf(id);
      if (status !== "passed" || attempt !== 1)
        problems.push(`${id}: ${status} at attempt ${attempt}: ${reason}`);
      await Promise.all(own.map(({ over }) => over));
      const events = await farm.events(id);
      if (events.some(({ type }) => type === "continued")) handedOver++;
      const expected = events.map(({ seq }) => seq).join();
      for (const { received, troubles } of own) {
        const got = received.map(({ seq }) => seq).join();
        if (got !== expected) problems.push(`${id}: a reader got ${got} of ${expected}`);
        problems.push(...troubles.map((trouble) => `${id}: a reader met ${trouble}`));
      }
    }
  }

  const running = Array.from({ length: atOnce }, oneAfterTheOther);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
      const all = readers.flatMap(({ received }) => received);
      return {
        sessions: ids.length,
        handedOver,
        events: all.length,
        longestLag: all.reduce((longest, { lag }) => Math.max(longest, lag), 0),
        problems,
      };
    },
  };
}
