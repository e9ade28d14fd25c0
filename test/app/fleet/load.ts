import { once } from "node:events";
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { IncomingMessage } from "node:http";

export interface Load {
  /** How many requests were made so far. */
  readonly requests: () => number;
  /** What went wrong so far, with how often: `POST /api/sessions: 502`, `GET /api/me: ECONNRESET`. */
  readonly failures: Readonly<Record<string, number>>;
  /** How long the slowest answer took. Milliseconds. */
  readonly slowest: () => number;
  /** Resolves when the last answer is there. */
  stop(): Promise<void>;
}

/**
 * Eight clients that ask again and again: half of them on a connection that is kept, half on a new one
 * each time; half only read, half start sessions and cancel them at once.
 *
 * @param task of the sessions that they start.
 * @param pause of each client after two or three requests. Milliseconds.
 * @param writersPause of those that start sessions, each of which may cost a browser. Default: the same. Milliseconds.
 */
export function startLoad(
  url: string,
  headers: Readonly<Record<string, string>>,
  task: object,
  pause = 50,
  writersPause = pause,
): Load {
  const failures: Record<string, number> = {};
  let requests = 0;
  let slowest = 0;
  const stopping = new AbortController();

  async function send(agent: Agent, method: string, path: string, body?: object): Promise<string> {
    const sending = request(`${url}${path}`, {
      method,
      agent,
      headers: { ...headers, ...(body && { "content-type": "application/json" }) },
    });
    sending.end(body && JSON.stringify(body));
    const [response] = (await once(sending, "response")) as [IncomingMessage];
    const answer = await text(response);
    if (response.statusCode! >= 400) throw Object.assign(new Error(answer), { code: response.statusCode });
    return answer;
  }

  const ask = async (agent: Agent, method: string, path: string, body?: object): Promise<string> => {
    requests++;
    const began = performance.now();
    try {
      return await send(agent, method, path, body);
    } catch (error) {
      const { code, message } = error as { code?: string | number; message: string };
      const failure = `${method} ${path.replace(/[\da-f-]{36}/, "{id}")}: ${code ?? message}`;
      failures[failure] = (failures[failure] ?? 0) + 1;
      return "";
    } finally {
      slowest = Math.max(slowest, performance.now() - began);
    }
  };

  const kinds = {
    async reader(agent: Agent) {
      await ask(agent, "GET", "/api/me");
      await ask(agent, "GET", "/api/sessions?limit=5");
    },
    async writer(agent: Agent) {
      const started = await ask(agent, "POST", "/api/sessions", task);
      if (started === "") return;
      const { id } = JSON.parse(started) as { id: string };
      await ask(agent, "POST", `/api/sessions/${id}/cancel`);
      await ask(agent, "GET", `/api/sessions/${id}`);
    },
  };

  async function run(work: (agent: Agent) => Promise<void>, wait: number, keepAlive: boolean): Promise<void> {
    const agent = new Agent({ keepAlive });
    while (!stopping.signal.aborted) {
      await work(agent);
      await sleep(wait);
    }
    agent.destroy();
  }

  const running = [true, false, true, false].flatMap((keepAlive) => [
    run(kinds.reader, pause, keepAlive),
    run(kinds.writer, writersPause, keepAlive),
  ]);
  return {
    requests: () => requests,
    failures,
    slowest: () => slowest,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
