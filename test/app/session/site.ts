import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Answer = string | ((request: IncomingMessage, response: ServerResponse) => void);

export interface Site {
  readonly url: string;
  /** `GET /path` of each request, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** A page without a fault: what a test puts into it is the only thing that can be found. */
export const page = (body: string, head = "") =>
  `<!doctype html><html lang="en"><head><title>Test</title><link rel="icon" href="data:,">${head}</head><body>${body}</body></html>`;

/** Serves pages by their path; unknown paths get 404. */
export async function serveSite(answers: Readonly<Record<string, Answer>>): Promise<Site> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    requests.push(`${request.method} ${path}`);
    const answer = answers[path];
    if (typeof answer === "function") answer(request, response);
    else
      response
        .writeHead(answer === undefined ? 404 : 200, { "content-type": "text/html" })
        .end(answer ?? "nothing");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
