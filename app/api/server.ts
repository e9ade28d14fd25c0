import { serve } from "@hono/node-server";
import type { ServerType } from "@hono/node-server";
import type { AddressInfo } from "node:net";

interface Options {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly hostname: string;
  readonly port: number;
}

export interface Listening {
  readonly port: number;
  /** Stops listening, lets running requests end for a moment, then ends their connections. */
  close(): Promise<void>;
}

const patience = 3_000;

/** @throws when the port is taken. */
export async function listen(options: Options): Promise<Listening> {
  const server = await new Promise<ServerType>((resolve, reject) => {
    const starting = serve(options, () => resolve(starting));
    starting.on("error", (cause) =>
      reject(
        new Error(`Cannot listen on port ${options.port} (${cause.message}). Set PORT to a free one.`, {
          cause,
        }),
      ),
    );
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
      if (!("closeAllConnections" in server)) return closed;
      // A connection that is kept alive ends once its last answer is out.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const deadline = setTimeout(() => server.closeAllConnections(), patience);
      await closed.finally(() => {
        clearInterval(idle);
        clearTimeout(deadline);
      });
    },
  };
}
