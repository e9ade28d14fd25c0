import { setTimeout as sleep } from "node:timers/promises";

export interface Visits {
  readonly requests: number;
  /** `/: 502`, `/api/me: ECONNRESET`, with how often. */
  readonly failures: Readonly<Record<string, number>>;
  /** The longest that there was no answer of a path. Milliseconds. */
  readonly longestGap: number;
}

/**
 * Asks for each path again and again, a new one as soon as the last was answered, and sees for how long nobody answers.
 *
 * @param pause after each answer. Milliseconds.
 */
export function keepVisiting(
  url: string,
  paths: readonly string[],
  headers: Readonly<Record<string, string>>,
  pause: number,
): { stop(): Promise<Visits> } {
  const failures: Record<string, number> = {};
  const stopping = new AbortController();
  let requests = 0;
  let longestGap = 0;

  const ask = async (path: string): Promise<string | undefined> => {
    try {
      const response = await fetch(`${url}${path}`, { headers });
      await response.arrayBuffer();
      return response.ok ? undefined : `${response.status}`;
    } catch (error) {
      return String((error as Error).cause ?? error);
    }
  };

  async function visit(path: string): Promise<void> {
    let answered = performance.now();
    while (!stopping.signal.aborted) {
      requests++;
      const failure = await ask(path);
      if (failure === undefined) {
        longestGap = Math.max(longestGap, performance.now() - answered);
        answered = performance.now();
      } else failures[`${path}: ${failure}`] = (failures[`${path}: ${failure}`] ?? 0) + 1;
      await sleep(pause);
    }
  }

  const running = paths.map(visit);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
      return { requests, failures, longestGap };
    },
  };
}
