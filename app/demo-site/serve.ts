import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { shop } from "./shop.ts";

export interface DemoSite {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the demo shop on 127.0.0.1.
 *
 * @param options.port 0 takes a free one.
 * @param options.mended serves the shop without its planted defects. Default `false`.
 * @throws when the port is taken (`EADDRINUSE`).
 */
export async function serveDemoSite(options: {
  readonly port: number;
  readonly mended?: boolean;
}): Promise<DemoSite> {
  const app = shop(options);
  const server = createAdaptorServer({ fetch: app.fetch });
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      // Browsers keep connections open.
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}
