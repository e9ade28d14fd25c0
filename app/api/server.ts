import { serve } from "@hono/node-server";
import type { ServerType } from "@hono/node-server";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { endServer } from "../end-server.ts";

interface Options {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Default: every address of this machine, IPv6 and IPv4. */
  readonly hostname?: string;
  readonly port: number;
}

export interface Listening {
  readonly port: number;
  /** From here on each answer ends its connection: the next request is routed anew. */
  drain(): void;
  /** Stops listening, lets running requests end for a moment, then ends their connections. */
  close(): Promise<void>;
}

/**
 * How long a connection is kept without a request. Longer than any proxy keeps one, which else sends a request down a
 * connection that is just being closed: Google's load balancers keep them for 600 s, Caddy for 120 s. Milliseconds.
 */
const keepAliveTimeout = 620_000;

/** @throws when the port is taken. */
export async function listen(options: Options): Promise<Listening> {
  const server = await new Promise<ServerType>((resolve, reject) => {
    const serverOptions = { keepAliveTimeout };
    const starting = serve({ ...options, serverOptions }, () => resolve(starting));
    starting.on("error", (cause) =>
      reject(
        new Error(`Cannot listen on port ${options.port} (${cause.message}). Set PORT to a free one.`, {
          cause,
        }),
      ),
    );
  });
  let isDraining = false;
  server.prependListener("request", (_: IncomingMessage, response: ServerResponse) => {
    if (isDraining) response.setHeader("Connection", "close");
  });
  return {
    port: (server.address() as AddressInfo).port,
    drain() {
      isDraining = true;
    },
    close: () => endServer(server),
  };
}
