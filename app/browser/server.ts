import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { createAdaptorServer } from "@hono/node-server";
import type { Logger } from "pino";
import { WebSocketServer } from "ws";
import { endServer } from "../end-server.ts";
import { browserMetrics } from "../metrics/browser.ts";
import { createAdmission, type AdmissionOptions } from "./admission.ts";
import { createBrowserApi, isEqual } from "./api.ts";
import { bridge } from "./bridge.ts";
import type { Chromium } from "./chromium.ts";
import { readLoad, type Load } from "./load.ts";
import { createSessions, type SessionLimits } from "./sessions.ts";

interface Options extends AdmissionOptions {
  /** Default: every address of this machine, IPv6 and IPv4. */
  readonly hostname?: string;
  readonly port: number;
  readonly token: string;
  readonly launch: (signal: AbortSignal) => Promise<Pick<Chromium, "pipe" | "ended" | "close">>;
  readonly limits?: Partial<SessionLimits>;
  /** What the browsers have of the machine. Default: what this process has. */
  readonly load?: Load;
  readonly log: Pick<Logger, "info" | "warn">;
}

export interface BrowserServer {
  readonly port: number;
  /** @param patience how long running sessions may take to end by themselves. Milliseconds. */
  close(patience: number): Promise<void>;
}

/** Largest command; a script that is put into a page is below 1 MB. Bytes. */
const maxPayload = 32 * 1_024 * 1_024;

/**
 * Serves the API of the role `browser` and, at each session's `connectUrl`, its DevTools protocol.
 *
 * @throws when the port is taken.
 */
export async function startBrowserServer(options: Options): Promise<BrowserServer> {
  const { hostname, port, log } = options;
  const admission = createAdmission(options);
  const metrics = browserMetrics(admission, options.load ?? readLoad());
  const sessions = createSessions({ ...options, launch: metrics.counted(options.launch), admission });
  const api = createBrowserApi({ sessions, admission, metrics, token: options.token, log });
  const server = createAdaptorServer({ fetch: api.fetch }) as Server;
  const sockets = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false });

  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const [, id = "", secret = ""] =
      /^\/v1\/sessions\/([^/]+)\/connect\/([^/?]+)$/.exec(request.url ?? "") ?? [];
    const isTheirs = isEqual(sessions.find(id)?.secret ?? "", secret) && secret !== "";
    const connection = isTheirs ? sessions.connect(id) : undefined;
    if (!isTheirs) return void socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
    if (!connection) return void socket.end("HTTP/1.1 409 Conflict\r\nConnection: close\r\n\r\n");
    // A handshake that comes to nothing leaves the session without a client for good.
    socket.once("close", connection.left);
    sockets.handleUpgrade(request, socket, head, (client) => bridge(client, connection));
  });

  server.listen(port, hostname);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close(patience) {
      await sessions.close(patience);
      for (const client of sockets.clients) client.terminate();
      // Whoever released the last session is still to be answered.
      await endServer(server);
    },
  };
}
